"""Schemas of submissions and of the main site's events."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load, validate

from moderation.domain.posts import LONGEST_SPELLING
from moderation.domain.status import PostState
from moderation.services.comments.proof_of_work import Solution
from moderation.services.comments.requests import Submission
from moderation.services.community.following import REPLIES, THREAD
from moderation.services.sites.settings_schema import StateRules
from moderation.services.text_fields import (
    Identifier,
    Line,
    Name,
    Paragraphs,
    Sought,
    require_address,
    require_storable,
)

from .common import Moment, OptionalEmail, OptionalUrl

#: The most characters of a comment.
LONGEST = 10_000
TEXT = validate.Length(1, LONGEST)


class AuthorIn(Schema):
    name = Name(required=True, validate=validate.Length(1, 80))
    email = OptionalEmail(load_default="", validate=validate.Length(max=254), allow_none=True)
    website = OptionalUrl(load_default="", validate=validate.Length(max=2000), allow_none=True)


class PostIn(Schema):
    """Title and address of a post; trusted only from a page of the site's origins."""

    title = Line(blank=True, load_default="", validate=validate.Length(max=300), allow_none=True)
    url = OptionalUrl(load_default="", validate=validate.Length(max=2000), allow_none=True)


class WorkIn(Schema):
    """The challenge that came with the form, and the nonce that was found for it."""

    challenge = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z0-9_.-]{1,100}\Z"))
    nonce = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z0-9]{1,32}\Z"))

    @post_load
    def to_work(self, loaded: dict[str, Any], **_: Any) -> Solution:
        return Solution(**loaded)


class FormIn(Schema):
    """Evidence that a person filled in the form: the time it was shown, and an empty honeypot."""

    token = fields.String(load_default="", validate=validate.Length(max=300), allow_none=True)
    trap = fields.String(load_default="", allow_none=True)
    work = fields.Nested(WorkIn, load_default=None, allow_none=True)


class CommentIn(Schema):
    author = fields.Nested(AuthorIn, required=True)
    text = Paragraphs(required=True, validate=TEXT)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    post = fields.Nested(PostIn, load_default=None, allow_none=True)
    form = fields.Nested(FormIn, load_default=None, allow_none=True)
    notify = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf([REPLIES, THREAD]),
        metadata={
            "description": "Mail answers to the author: `replies` to this comment, or the whole "
            "`thread`. Needs the author's e-mail, and is ignored where the post's "
            "`replies_by_mail` is false."
        },
    )

    @post_load
    def to_submission(self, loaded: dict[str, Any], **_: Any) -> Submission:
        author, post, form = loaded["author"] or {}, loaded["post"] or {}, loaded["form"] or {}
        return Submission(
            text=loaded["text"],
            author_name=author.get("name", ""),
            author_email=author.get("email") or "",
            author_website=author.get("website") or "",
            parent_id=loaded["parent_id"],
            post_title=post.get("title") or "",
            post_url=post.get("url") or "",
            trap=form.get("trap") or "",
            form_token=form.get("token") or "",
            work=form.get("work"),
            notify=loaded["notify"] or "",
        )


class MemberCommentIn(CommentIn):
    """The same from a signed-in reader: the token names the author, instead of what was typed."""

    author = fields.Nested(AuthorIn, load_default=None, allow_none=True)

    @pre_load
    def drop_author(self, given: Any, **_: Any) -> Any:
        """Replace typed names before they are checked: the token's are used."""
        return {**given, "author": None} if isinstance(given, dict) else given


class FollowIn(Schema):
    """The address to which the comments of a thread are mailed."""

    email = OptionalEmail(
        load_default="",
        validate=validate.Length(max=254),
        allow_none=True,
        metadata={"description": "Not needed with a sign-on token that has the claim `email`."},
    )


class FollowOut(Schema):
    """The same for every address, whether it is known or not."""

    accepted = fields.Boolean(required=True)


class EditIn(Schema):
    text = Paragraphs(required=True, validate=TEXT)


class PostRulesIn(StateRules):
    """Rules of a post; null inherits from the post's section."""


# Events of the main site. Unknown fields are ignored: sites send the same events to
# other receivers.


class PostEventIn(Schema):
    class Meta:
        unknown = EXCLUDE

    post = Identifier(required=True, validate=validate.Length(1, LONGEST_SPELLING))
    title = Line(blank=True, validate=validate.Length(max=300), allow_none=True)
    url = fields.Url(
        schemes={"http", "https"},
        require_tld=False,
        validate=[validate.Length(max=2000), require_address],
        allow_none=True,
    )
    new_id = Identifier(validate=validate.Length(1, LONGEST_SPELLING), allow_none=True)
    state = fields.String(
        validate=validate.OneOf(
            [s.value for s in (PostState.OPEN, PostState.PREMODERATED, PostState.CLOSED)]
        ),
        allow_none=True,
    )
    published_at = Moment(format="iso", allow_none=True)
    rules = fields.Nested(PostRulesIn, allow_none=True)


class SiteAuthorIn(AuthorIn):
    class Meta:
        unknown = EXCLUDE

    id = Identifier(load_default="", validate=validate.Length(max=255), allow_none=True)
    staff = fields.Boolean(
        load_default=False,
        allow_none=True,
        truthy={True},
        falsy={False},
        metadata={"description": "A member of your staff: readers see a badge."},
    )


class CommentSubmittedIn(Schema):
    class Meta:
        unknown = EXCLUDE

    post = Identifier(required=True, validate=validate.Length(1, LONGEST_SPELLING))
    author = fields.Nested(SiteAuthorIn, required=True)
    text = Paragraphs(required=True, validate=TEXT)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    title = Line(blank=True, load_default="", validate=validate.Length(max=300), allow_none=True)
    url = OptionalUrl(load_default="", validate=validate.Length(max=2000), allow_none=True)
    created_at = Moment(
        format="iso",
        load_default=None,
        allow_none=True,
        metadata={"description": "When it was written, if that was earlier; never later than now."},
    )

    @post_load
    def to_submission(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        author = loaded["author"]
        return {
            "post": loaded["post"],
            "submission": Submission(
                text=loaded["text"],
                author_name=author["name"],
                author_email=author["email"] or "",
                author_website=author["website"] or "",
                author_id=author["id"] or "",
                staff=bool(author["staff"]),
                parent_id=loaded["parent_id"],
                post_title=loaded["title"] or "",
                post_url=loaded["url"] or "",
                written_at=loaded["created_at"],
            ),
        }


class AuthorRefIn(Schema):
    class Meta:
        unknown = EXCLUDE

    id = Sought(validate=validate.Length(1, 255))
    email = fields.Email(validate=[validate.Length(max=254), require_storable])


class AuthorEventIn(Schema):
    class Meta:
        unknown = EXCLUDE

    author = fields.Nested(AuthorRefIn, required=True)
    until = Moment(format="iso", load_default=None, allow_none=True)
    reason = Paragraphs(load_default="", validate=validate.Length(max=500), allow_none=True)


class EventIn(Schema):
    """Standard Webhooks: `data` depends on `type`."""

    class Meta:
        unknown = EXCLUDE

    type = fields.String(required=True)
    timestamp = Moment(format="iso", required=True)
    data = fields.Dict(keys=fields.String(), required=True)


class EventOut(Schema):
    outcome = fields.String(
        required=True, validate=validate.OneOf(["applied", "repeated", "outdated"])
    )


EVENT_DATA: dict[str, type[Schema]] = {
    "post": PostEventIn,
    "comment": CommentSubmittedIn,
    "author": AuthorEventIn,
}
