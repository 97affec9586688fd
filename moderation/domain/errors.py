"""Errors with stable codes; only `web/` knows which HTTP status each becomes.

A message may be shown to the client that caused it: it names the problem and the next step,
and reveals nothing that the client may not know.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid part of a request, and its place."""

    #: JSON pointer into the body (`#/author/name`) or the name of a query parameter.
    pointer: str
    detail: str


class ModerationError(Exception):
    """Base of all errors that a client can understand and act on."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str, *, errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors


class Invalid(ModerationError):
    """The request is well formed but not acceptable."""

    code = "validation_failed"


class BadAddress(Invalid):
    """A request must not go to this address: it is malformed, or leads into an inner network."""

    code = "address_refused"


class BadCursor(Invalid):
    code = "invalid_cursor"


class UnknownEvent(Invalid):
    code = "unknown_event"


class NotFound(ModerationError):
    code = "not_found"


class SiteNotFound(NotFound):
    code = "site_not_found"


class CommentNotFound(NotFound):
    code = "comment_not_found"


class PostNotFound(NotFound):
    code = "post_not_found"


class EndpointNotFound(NotFound):
    code = "webhook_not_found"


class DecisionNotFound(NotFound):
    code = "decision_not_found"


class PostNotAnnounced(NotFound):
    code = "post_not_announced"


class PostMoved(ModerationError):
    """The post has another id now, under which the same request succeeds."""

    code = "post_moved"

    def __init__(self, post: str) -> None:
        super().__init__("This post has another id now. Follow Location.")
        self.post = post


class Unauthenticated(ModerationError):
    """The request has no valid credentials."""

    code = "unauthenticated"


class BadSignature(Unauthenticated):
    code = "invalid_signature"


class SignOnInvalid(Unauthenticated):
    """The sign-on token is malformed, not signed for this site, or has a wrong claim."""

    code = "sign_on_invalid"


class SignOnExpired(Unauthenticated):
    """The sign-on token was valid; its time is over."""

    code = "sign_on_expired"


class Forbidden(ModerationError):
    """The client is authenticated but not allowed to do this."""

    code = "forbidden"


class BadEditToken(Forbidden):
    code = "invalid_edit_token"


class BadMailLink(Forbidden):
    code = "invalid_mail_link"


class BadCsrfToken(Forbidden):
    code = "invalid_csrf_token"


class CrossSite(Forbidden):
    """A page of another site sent the request."""

    code = "cross_site_request"


class OriginNotAllowed(Forbidden):
    """The request came from a page whose origin is not one of the site's."""

    code = "origin_not_allowed"


class MembersOnly(Forbidden):
    """The site takes comments from signed-in readers only."""

    code = "members_only"


class ReportsOff(Forbidden):
    """The site takes no reports from readers."""

    code = "reports_off"


class OwnDecision(Forbidden):
    """An appeal is decided by another moderator than the one of the first decision."""

    code = "own_decision"


class Banned(Forbidden):
    """A moderator has banned this reader."""

    code = "banned"


class PasswordNeeded(Forbidden):
    """The password was entered too long ago for this change.

    `second_factor`: true when a code is required as well.
    """

    code = "password_needed"

    def __init__(self, detail: str, *, second_factor: bool) -> None:
        super().__init__(detail)
        self.second_factor = second_factor


class SecondFactorNeeded(Forbidden):
    """The account must have a second factor and has none yet."""

    code = "second_factor_needed"


class Conflict(ModerationError):
    code = "conflict"


class NoMail(Conflict):
    """The site mails no answers to readers."""

    code = "mail_off"


class PostClosed(Conflict):
    """The post takes no comments; `since` is the time it closed, if known."""

    code = "post_closed"

    def __init__(
        self, detail: str, *, since: datetime | None = None, because: str = "closed"
    ) -> None:
        super().__init__(detail)
        self.since = since
        #: `closed` for an explicit close, `age` for one by the post's age.
        self.because = because


class TooSoon(ModerationError):
    """The same request is accepted later; `retry_after` is in seconds."""

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class TooManyAttempts(TooSoon):
    """Too many wrong passwords or codes."""

    code = "too_many_attempts"


class SlowMode(TooSoon):
    """The author commented on this post a moment ago."""

    code = "slow_mode"


class TooManyReports(TooSoon):
    """The reader has reported many comments within an hour."""

    code = "too_many_reports"


class PostBusy(TooSoon):
    """The post gets more comments per second than one process accepts."""

    code = "post_busy"

    def __init__(self) -> None:
        super().__init__(
            "Very many comments are coming in on this post. Yours was not stored; send it again "
            "in a minute.",
            retry_after=60,
        )


class VotesOff(Conflict):
    """The site takes no votes."""

    code = "votes_off"


class OwnComment(Conflict):
    """The reader wrote the comment themselves."""

    code = "own_comment"


class EditWindowOver(Conflict):
    code = "edit_window_over"


class AlreadyDecided(Conflict):
    """Another moderator changed the comment after it was read.

    `decision` describes that change, so that the moderator sees its author and outcome.
    """

    code = "already_decided"

    def __init__(self, detail: str, *, decision: dict[str, object] | None = None) -> None:
        super().__init__(detail)
        self.decision = decision


class Claimed(Conflict):
    """Another moderator is reviewing the comment; `claim` has their name and when it ends."""

    code = "claimed"

    def __init__(self, detail: str, *, claim: dict[str, object]) -> None:
        super().__init__(detail)
        self.claim = claim


class TooManyFeatured(Conflict):
    """The post has the maximum number of featured comments; `featured` holds their ids."""

    def __init__(self, detail: str, *, featured: list[str]) -> None:
        super().__init__(detail)
        self.featured = featured


class NothingToAppeal(Conflict):
    """The comment is not refused."""

    code = "nothing_to_appeal"


class AlreadyAppealed(Conflict):
    """A decision can be appealed once."""

    code = "already_appealed"


class AppealOver(Conflict):
    """The time in which the decision could be appealed is over."""

    code = "appeal_over"


class TooManyAppeals(Conflict):
    """Many appeals of the author wait for a decision."""

    code = "too_many_appeals"


class AlreadyExists(Conflict):
    code = "already_exists"


class SettingsChanged(Conflict):
    """The settings changed after they were read; `change` describes the last change."""

    code = "settings_changed"

    def __init__(self, detail: str, *, change: dict[str, object] | None = None) -> None:
        super().__init__(detail)
        self.change = change


class IdempotencyMismatch(Invalid):
    """The idempotency key was used before with a different body."""

    code = "idempotency_key_reused"


class WorkRequired(ModerationError):
    """A proof of work is missing, wrong, expired or used; `work` is the task to solve."""

    code = "work_required"

    def __init__(self, detail: str, *, work: dict[str, object]) -> None:
        super().__init__(detail)
        self.work = work


class SchemaBehind(ModerationError):
    """The database lacks tables that this release needs."""

    code = "store_not_migrated"


class StoreUnusable(ModerationError):
    """The database is damaged, read-only or cannot be opened; waiting does not help."""

    code = "store_unusable"


class Busy(ModerationError):
    """The database could not take the write within its time budget; nothing was written."""

    code = "busy"
    retry_after: ClassVar[int] = 1


class SignOnUnavailable(Busy):
    """The keys of the main site's sign-on cannot be read, so that no token can be checked."""

    code = "sign_on_unavailable"
    retry_after: ClassVar[int] = 60


class CertificateUnavailable(Busy):
    """The certificate that verifies a webhook, or its sender's confirmation, cannot be had now."""

    code = "certificate_unavailable"
    retry_after: ClassVar[int] = 60
