"""Errors with stable codes; only `web/` knows which HTTP status each becomes.

A message may be shown to whoever caused it: it says what is wrong and what to do next,
and holds nothing that was not theirs to know.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong in a request, and where."""

    #: JSON pointer into the body (`#/author/name`) or the name of a query parameter.
    pointer: str
    detail: str


class ModerationError(Exception):
    """Something that the caller can understand and act on."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str, *, errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors


class Invalid(ModerationError):
    """The request can be read but not accepted."""

    code = "validation_failed"


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


class DecisionNotFound(NotFound):
    code = "decision_not_found"


class PostNotAnnounced(NotFound):
    code = "post_not_announced"


class Unauthenticated(ModerationError):
    """Nobody is known to be asking."""

    code = "unauthenticated"


class BadSignature(Unauthenticated):
    code = "invalid_signature"


class Forbidden(ModerationError):
    """Whoever asks is known and may not."""

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


class PasswordNeeded(Forbidden):
    """The password was entered too long ago for this change.

    `second_factor`: whether a code is required as well.
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


class PostClosed(Conflict):
    """The post takes no comments; `since` is when it closed, where that is known."""

    code = "post_closed"

    def __init__(
        self, detail: str, *, since: datetime | None = None, because: str = "closed"
    ) -> None:
        super().__init__(detail)
        self.since = since
        #: `closed` by somebody, or by its `age`.
        self.because = because


class TooSoon(ModerationError):
    """The same request is accepted later: `retry_after` is in seconds."""

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class TooManyAttempts(TooSoon):
    """Too many wrong passwords or codes."""

    code = "too_many_attempts"


class SlowMode(TooSoon):
    """The author has commented on this post a moment ago."""

    code = "slow_mode"


class PostBusy(TooSoon):
    """More comments come in on the post than a process looks at in a second."""

    code = "post_busy"

    def __init__(self) -> None:
        super().__init__(
            "Very many comments are coming in on this post. Yours was not stored; send it again "
            "in a minute.",
            retry_after=60,
        )


class EditWindowOver(Conflict):
    code = "edit_window_over"


class AlreadyDecided(Conflict):
    """Somebody else changed the comment since it was read.

    `decision` tells who and what, so that the moderator need not ask.
    """

    code = "already_decided"

    def __init__(self, detail: str, *, decision: dict[str, object] | None = None) -> None:
        super().__init__(detail)
        self.decision = decision


class Claimed(Conflict):
    """Somebody else is looking at the comment; `claim` tells who and until when."""

    code = "claimed"

    def __init__(self, detail: str, *, claim: dict[str, object]) -> None:
        super().__init__(detail)
        self.claim = claim


class AlreadyExists(Conflict):
    code = "already_exists"


class SettingsChanged(Conflict):
    """The settings are not those that were read; `change` tells who changed what last."""

    code = "settings_changed"

    def __init__(self, detail: str, *, change: dict[str, object] | None = None) -> None:
        super().__init__(detail)
        self.change = change


class IdempotencyMismatch(Invalid):
    """The same key came with another body."""

    code = "idempotency_key_reused"


class WorkRequired(ModerationError):
    """A proof of work is missing, wrong, too old or used; `work` is what to solve."""

    code = "work_required"

    def __init__(self, detail: str, *, work: dict[str, object]) -> None:
        super().__init__(detail)
        self.work = work


class SchemaBehind(ModerationError):
    """The store lacks tables that this release needs."""

    code = "store_not_migrated"


class StoreUnusable(ModerationError):
    """The store is damaged, read-only or not to be opened; waiting does not help."""

    code = "store_unusable"


class Busy(ModerationError):
    """The store could not take the write within its budget; nothing was written."""

    code = "busy"
    retry_after: ClassVar[int] = 1
