"""Fields and answers that several endpoints share."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, pre_load, validate

from moderation.domain.reasons import Reason
from moderation.domain.status import PostState, Status

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NO_MOMENT = "Must be a day such as 2026-03-01 or a moment such as 2026-03-01T09:30:00Z."


def without_empty(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked with something: forms send what was left empty."""
    return {name: value for name, value in given.items() if value != ""}


def no_nul(text: str) -> None:
    """PostgreSQL cannot keep NUL, and nobody types it."""
    if "\0" in text:
        raise ValidationError("Must not contain NUL.")


class Stripped(fields.String):
    """Text without white space around it; what is left must have the right length."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        no_nul(text)
        return text.strip()


class OptionalUrl(fields.Url):
    """An http(s) address or an empty string: forms send empty fields."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(schemes={"http", "https"}, require_tld=False, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if value == "":
            return ""
        return super()._deserialize(value, attr, data, **kwargs) or ""

    def _validate(self, value: Any) -> None:
        if value:
            no_nul(value)
            super()._validate(value)


class OptionalEmail(fields.Email):
    """An e-mail address or an empty string."""

    def _validate(self, value: Any) -> None:
        if value:
            no_nul(value)
            super()._validate(value)


class Moment(fields.AwareDateTime):
    """A moment with its offset, in UTC; the ends of time have none there."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError("Not a valid moment.") from None


class DayOrMoment(Moment):
    """A moment, or a day in UTC: its beginning, or the end of it where `last` is set."""

    def __init__(self, *, last: bool = False, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)
        self._last = last

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            try:
                found: datetime = super()._deserialize(value, attr, data, **kwargs)
            except ValidationError:
                raise ValidationError(_NO_MOMENT) from None
            return found
        try:
            begins = datetime.fromisoformat(value).replace(tzinfo=UTC)
            return begins + timedelta(days=1) if self._last else begins
        except (ValueError, OverflowError):
            raise ValidationError(_NO_MOMENT) from None


class FieldProblem(Schema):
    detail = fields.String(required=True)
    pointer = fields.String(required=True)


class Problem(Schema):
    """RFC 9457; `code` is stable, `detail` names what to do next.

    Some codes come with further members, such as the decision that was made already.
    """

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldProblem))


class AuthorOut(Schema):
    name = fields.String(required=True)
    staff = fields.Boolean(
        required=True, metadata={"description": "One of the site's own people: show a badge."}
    )


class CommentOut(Schema):
    """A comment as readers see it."""

    id = fields.UUID(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    author = fields.Nested(AuthorOut, required=True)
    html = fields.String(required=True, metadata={"description": "Sanitised."})
    text = fields.String(required=True, metadata={"description": "As typed."})
    deleted = fields.Boolean(
        required=True, metadata={"description": "Only its place is left, for its replies."}
    )
    featured = fields.Boolean(
        required=True, metadata={"description": "A moderator set it apart for readers."}
    )
    created_at = fields.DateTime(required=True)
    edited_at = fields.DateTime(required=True, allow_none=True)
    reply_count = fields.Integer(required=True)
    replies = fields.List(fields.Nested(lambda: CommentOut()), required=True)
    replies_cursor = fields.String(required=True, allow_none=True)


class PostOut(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)
    state = fields.Enum(PostState, by_value=True, required=True)
    closes_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "From then on it is closed, whatever `state` says."},
    )
    slow_seconds = fields.Integer(
        required=True,
        metadata={"description": "Seconds between two comments of one author; 0: none."},
    )
    count = fields.Integer(required=True)


class ThreadOut(Schema):
    post = fields.Nested(PostOut, required=True)
    comments = fields.List(fields.Nested(CommentOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class RepliesOut(Schema):
    comments = fields.List(fields.Nested(CommentOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class CountsOut(Schema):
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class OwnCommentOut(CommentOut):
    """A comment as its author sees it, in whatever status."""

    status = fields.Enum(Status, by_value=True, required=True)
    editable_seconds = fields.Integer(
        required=True, metadata={"description": "How long it can still be edited."}
    )
    redacted = fields.Boolean(
        required=True, metadata={"description": "A moderator took personal data out of it."}
    )


class OwnCommentsOut(Schema):
    comments = fields.List(fields.Nested(OwnCommentOut), required=True)


class ContextOut(Schema):
    """A comment inside those that it answers, the topmost first."""

    post = fields.String(required=True)
    comments = fields.List(fields.Nested(CommentOut), required=True)


class RenderedOut(Schema):
    html = fields.String(required=True, metadata={"description": "Sanitised."})


class ReceiptOut(Schema):
    comment = fields.Nested(OwnCommentOut, required=True)
    edit_token = fields.String(required=True)


class WorkOut(Schema):
    challenge = fields.String(required=True)
    bits = fields.Integer(required=True)


class FormOut(Schema):
    token = fields.String(
        required=True, metadata={"description": "To be sent with the comment as `form.token`."}
    )
    guidelines = fields.String(required=True)
    min_seconds = fields.Float(
        required=True, metadata={"description": "A form that is sent sooner is a program's."}
    )
    work = fields.Nested(
        WorkOut,
        required=True,
        allow_none=True,
        metadata={"description": "Null: no proof of work is asked for now."},
    )


class WorkRequiredOut(Problem):
    """The comment is taken with a nonce whose hash with the challenge has that many zero bits."""

    work = fields.Nested(WorkOut, required=True)


class ToldBanOut(Schema):
    reason = fields.String(required=True)
    until = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Null: for good."}
    )


class RejectedOut(Problem):
    """A rule refused the comment; it is kept, and its author can read or delete it.

    A request that is not valid has `errors` instead of these members.
    """

    reason = fields.String()
    id = fields.UUID()
    comment = fields.Nested(OwnCommentOut)
    edit_token = fields.String()
    ban = fields.Nested(ToldBanOut, metadata={"description": "Only for authors who are banned."})


class PageQuery(Schema):
    @pre_load
    def drop_empty(self, given: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """`?cursor=&limit=` asks for the defaults."""
        return without_empty(given)

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    cursor = fields.String(load_default=None, validate=validate.Length(1, 64))


class ThreadQuery(PageQuery):
    sort = fields.String(load_default="newest", validate=validate.OneOf(["newest", "oldest"]))


class CountsQuery(Schema):
    post = fields.List(
        fields.String(validate=[validate.Length(1, 512), no_nul]),
        required=True,
        validate=validate.Length(1, 100),
    )


REASONS = [reason.value for reason in Reason]
