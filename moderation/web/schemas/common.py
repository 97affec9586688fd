"""Fields and responses that several endpoints share."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, pre_load, validate

from moderation.domain.appeals import AppealOption, AppealResult
from moderation.domain.hosts import BadAddress
from moderation.domain.mailboxes import mailbox
from moderation.domain.members import WhoMayComment
from moderation.domain.posts import LONGEST_SPELLING
from moderation.domain.status import PostState, Removal, Status
from moderation.domain.votes import Votes
from moderation.services.comments.threads import Sort
from moderation.services.text_fields import Sought, require_address

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NO_MOMENT = "Must be a day such as 2026-03-01 or a time such as 2026-03-01T09:30:00Z."


def without_empty(given: Mapping[str, Any]) -> dict[str, Any]:
    """Drop empty parameters: forms send fields that were left empty."""
    return {name: value for name, value in given.items() if value != ""}


class OptionalUrl(fields.Url):
    """An http(s) address, or an empty string from an empty form field."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(schemes={"http", "https"}, require_tld=False, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if value == "":
            return ""
        return super()._deserialize(value, attr, data, **kwargs) or ""

    def _validate(self, value: Any) -> None:
        if value:
            require_address(value)
            super()._validate(value)


class OptionalEmail(fields.Email):
    """An e-mail address or an empty string."""

    def _validate(self, value: Any) -> None:
        if value:
            require_address(value)
            super()._validate(value)


class Mailbox(fields.String):
    """A mail address that this service can send to, or an empty string."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        written: str = super()._deserialize(value, attr, data, **kwargs)
        if not written.strip():
            return ""
        try:
            return mailbox(written)
        except BadAddress as error:
            raise ValidationError(str(error)) from None


class Moment(fields.AwareDateTime):
    """A time with its offset, converted to UTC; the ends of the calendar do not fit."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError("Not a valid time.") from None


class DayOrMoment(Moment):
    """A time, or a day in UTC: its beginning, or its end where `last` is set."""

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
    """RFC 9457 problem; `code` is stable, `detail` names the next step.

    Some codes have further members, such as an earlier decision.
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
        required=True, metadata={"description": "A member of the site's staff: show a badge."}
    )
    verified = fields.Boolean(
        metadata={
            "description": "The site has checked who this is: show a badge; left out for others."
        }
    )
    avatar = fields.String(
        metadata={
            "description": "Path of a picture at this service, which may be missing (404); left "
            "out where the author has none or the site shows none."
        }
    )


class ViewerOut(Schema):
    """The signed-in reader who sent the request."""

    name = fields.String(required=True)
    staff = fields.Boolean(required=True)
    verified = fields.Boolean(required=True)
    moderates = fields.Boolean(
        metadata={"description": "Moderates on this site's articles; left out for others."}
    )


class VotesOut(Schema):
    up = fields.Integer(required=True)
    down = fields.Integer(required=True, metadata={"description": "0 where readers only vote for."})


class CommentOut(Schema):
    """A comment as readers see it."""

    id = fields.UUID(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    author = fields.Nested(AuthorOut, required=True)
    html = fields.String(required=True, metadata={"description": "Sanitised."})
    text = fields.String(required=True, metadata={"description": "As typed."})
    deleted = fields.Boolean(
        required=True, metadata={"description": "Only a placeholder for its replies."}
    )
    removal = fields.Enum(
        Removal,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={
            "description": "Why only its place is left: its author deleted it, a moderator removed "
            "it, or it waits for a moderator again; null for every other comment."
        },
    )
    featured = fields.Boolean(
        required=True, metadata={"description": "A moderator has featured it."}
    )
    votes = fields.Nested(
        VotesOut,
        metadata={
            "description": "Left out where the site has no votes, and for a mere place. A new "
            "vote is counted here a few seconds later."
        },
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
        metadata={"description": "Comments are closed from this time on, regardless of `state`."},
    )
    slow_seconds = fields.Integer(
        required=True,
        metadata={"description": "Seconds between two comments of one author; 0: none."},
    )
    identity = fields.Enum(
        WhoMayComment,
        by_value=True,
        required=True,
        metadata={"description": "Who may comment; `guests_held`: guests wait for a moderator."},
    )
    replies_by_mail = fields.Boolean(
        required=True,
        metadata={"description": "Readers can get answers by mail: see `notify` and `follow`."},
    )
    website_field = fields.Boolean(
        required=True, metadata={"description": "The form asks guests for a website."}
    )
    reports = fields.Boolean(
        required=True, metadata={"description": "Readers can report comments."}
    )
    votes = fields.Enum(
        Votes,
        by_value=True,
        required=True,
        metadata={"description": "How readers vote on comments: `up`, `updown`, or `off`."},
    )
    count = fields.Integer(required=True)


class ThreadOut(Schema):
    post = fields.Nested(PostOut, required=True)
    comments = fields.List(fields.Nested(CommentOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    viewer = fields.Nested(
        ViewerOut, metadata={"description": "Only for requests with a sign-on token."}
    )


class RepliesOut(Schema):
    comments = fields.List(fields.Nested(CommentOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class CountsOut(Schema):
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class AppealOutcomeOut(Schema):
    result = fields.Enum(AppealResult, by_value=True, required=True)
    sentence = fields.String(
        required=True, metadata={"description": "From the moderator; may be empty."}
    )
    decided_at = fields.DateTime(required=True)


class OwnDecisionOut(Schema):
    """The decision against a comment, for its author: never a score, a list or a name."""

    reason = fields.String(
        required=True,
        metadata={"description": "A moderator's reason, or the public code of a rule."},
    )
    sentence = fields.String(required=True)
    language = fields.String(
        required=True, metadata={"description": "Of the sentence: `lang`, or Accept-Language."}
    )
    by = fields.String(required=True, validate=validate.OneOf(["person", "rule"]))
    decided_at = fields.DateTime(required=True)
    until = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "The end of the author's ban; null: none, or for good."},
    )
    ban_reason = fields.String(required=True)
    appeal = fields.Enum(
        AppealOption,
        by_value=True,
        required=True,
        metadata={"description": "What the author can do, or did, about it."},
    )
    appeal_until = fields.DateTime(required=True, allow_none=True)
    outcome = fields.Nested(AppealOutcomeOut, required=True, allow_none=True)


class OwnCommentOut(CommentOut):
    """A comment as its author sees it, in any status."""

    status = fields.Enum(Status, by_value=True, required=True)
    editable_seconds = fields.Integer(
        required=True, metadata={"description": "Seconds left to edit it."}
    )
    redacted = fields.Boolean(
        required=True, metadata={"description": "A moderator redacted personal data."}
    )
    decision = fields.Nested(
        OwnDecisionOut,
        required=True,
        allow_none=True,
        metadata={"description": "Null unless it was refused, or published after an appeal."},
    )


class OwnCommentsOut(Schema):
    comments = fields.List(fields.Nested(OwnCommentOut), required=True)
    viewer = fields.Nested(
        ViewerOut, metadata={"description": "Only for requests with a sign-on token."}
    )


class ContextOut(Schema):
    """A comment with its ancestors, the topmost first."""

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
        required=True, metadata={"description": "A form that is sent sooner counts as automated."}
    )
    work = fields.Nested(
        WorkOut,
        required=True,
        allow_none=True,
        metadata={"description": "Null: no proof of work is required now."},
    )


class WorkRequiredOut(Problem):
    """A comment needs a nonce whose hash with the challenge has that many zero bits."""

    work = fields.Nested(WorkOut, required=True)


class ToldBanOut(Schema):
    reason = fields.String(required=True)
    until = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Null: for good."}
    )


class RejectedOut(Problem):
    """A rule refused the comment; it is stored, and its author can read or delete it.

    An invalid request has `errors` instead of these members.
    """

    reason = fields.String()
    id = fields.UUID()
    comment = fields.Nested(OwnCommentOut)
    edit_token = fields.String()
    ban = fields.Nested(ToldBanOut, metadata={"description": "Only for authors who are banned."})


class PageQuery(Schema):
    @pre_load
    def drop_empty(self, given: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """Drop empty parameters, so that `?cursor=&limit=` means the defaults."""
        return without_empty(given)

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    cursor = fields.String(load_default=None, validate=validate.Length(1, 64))


class ThreadQuery(PageQuery):
    sort = fields.String(
        load_default="newest",
        validate=validate.OneOf([each.value for each in Sort]),
        metadata={"description": "`top` where the site has votes, `controversial` for `updown`."},
    )


class CountsQuery(Schema):
    post = fields.List(
        Sought(validate=validate.Length(1, LONGEST_SPELLING)),
        required=True,
        validate=validate.Length(1, 100),
    )
