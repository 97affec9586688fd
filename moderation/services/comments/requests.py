"""A submission and its sender, as plain values."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from moderation.domain.errors import Invalid
from moderation.domain.members import Member

from .proof_of_work import Solution, WhenMissing


class ParentUnavailable(Invalid):
    """The parent comment does not exist or is not public; the answer does not reveal which."""

    code = "comment_rejected"


@dataclass(frozen=True, slots=True)
class Submission:
    """A comment as submitted; empty strings for fields that were left out."""

    text: str
    author_name: str
    author_email: str = ""
    author_website: str = ""
    #: The main site's id of the author, from signed requests only.
    author_id: str = ""
    #: The main site vouches that the author is on its staff, in signed requests only.
    staff: bool = False
    #: The main site vouches that it has checked who the author is, in sign-on tokens only.
    verified: bool = False
    #: Address of the author's picture, in sign-on tokens only.
    picture: str = ""
    parent_id: UUID | None = None
    post_title: str = ""
    post_url: str = ""
    #: When it was written, in signed requests only; None: now.
    written_at: datetime | None = None
    trap: str = ""
    form_token: str = ""
    work: Solution | None = None
    #: The answers to mail to the author: `replies`, `thread`, or none.
    notify: str = ""


def written_by(submission: Submission, member: Member) -> Submission:
    """Return a submission with the author that a sign-on token names, instead of what was typed."""
    return replace(
        submission,
        author_name=member.name,
        author_email=member.email,
        author_website=member.website,
        author_id=member.id,
        staff=member.is_staff,
        verified=member.is_verified,
        picture=member.picture,
    )


@dataclass(frozen=True, slots=True)
class Sender:
    """The origin of a submission."""

    #: The client's address; empty when a site's own form took the comment.
    address: str = ""
    #: The request came from a page of one of the site's origins, or the site signed it.
    from_site: bool = False
    without_work: WhenMissing = WhenMissing.REFUSE
