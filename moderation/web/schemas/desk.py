"""Authors, batches, figures and the audit trail, as moderators and admins see them."""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate, validates_schema

from moderation.domain.reasons import Code
from moderation.domain.status import Outcome, Status
from moderation.services.authors import Standing
from moderation.services.bulk import MOST

from .base import REASONS, DayOrMoment, Moment, PageQuery, no_nul, without_empty
from .review import ItemOut, QueueCountOut, QueueIn

_CHOICES = (Outcome.APPROVE, Outcome.REJECT, Outcome.SPAM)


def _text(most: int, least: int = 0) -> list[Callable[[Any], Any]]:
    return [validate.Length(least, most), no_nul]


class StandingIn(Schema):
    standing = fields.Enum(Standing, by_value=True, required=True, allow_none=True)


class NoteIn(Schema):
    text = fields.String(required=True, validate=_text(2000, 1))


class BanIn(Schema):
    reason = fields.String(
        load_default="", validate=_text(500), metadata={"description": "Told to the author."}
    )
    until = Moment(load_default=None, allow_none=True, default_timezone=UTC)
    reject_waiting = fields.Boolean(
        load_default=False, metadata={"description": "Also reject all that waits of theirs."}
    )


class BanOut(Schema):
    reason = fields.String(required=True)
    until = fields.DateTime(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)


class AuthorNoteOut(Schema):
    id = fields.UUID(required=True)
    text = fields.String(required=True)
    by = fields.String(required=True)
    created_at = fields.DateTime(required=True)


class PostNameOut(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)


class AuthorCommentOut(Schema):
    id = fields.UUID(required=True)
    text = fields.String(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    post = fields.Nested(PostNameOut, required=True)
    created_at = fields.DateTime(required=True)


class AuthorCardOut(Schema):
    key = fields.String(required=True)
    site = fields.String(required=True)
    names = fields.List(fields.String(), required=True)
    first_seen = fields.DateTime(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    approval_rate = fields.Float(required=True, allow_none=True)
    standing = fields.Enum(Standing, by_value=True, required=True, allow_none=True)
    ban = fields.Nested(BanOut, required=True, allow_none=True)
    notes = fields.List(fields.Nested(AuthorNoteOut), required=True)
    comments = fields.List(fields.Nested(AuthorCommentOut), required=True)


class HistoryIn(PageQuery):
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))
    status = fields.Enum(Status, by_value=True, load_default=None)
    post = fields.String(load_default=None, validate=_text(512, 1))
    reason = fields.Enum(Code, by_value=True, load_default=None)
    q = fields.String(load_default="", validate=_text(200))
    before = Moment(load_default=None, default_timezone=UTC)
    after = Moment(load_default=None, default_timezone=UTC)


class HistoryOut(Schema):
    items = fields.List(fields.Nested(ItemOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class SelectionIn(Schema):
    """Comments by their ids, or all that a query finds: one of the two."""

    ids = fields.List(fields.UUID(), load_default=None, validate=validate.Length(1, MOST))
    query = fields.Nested(QueueIn, load_default=None)

    @validates_schema
    def _one(self, given: dict[str, object], **_: object) -> None:
        if (given["ids"] is None) == (given["query"] is None):
            raise ValidationError("Give either ids or a query.", "ids")


class BulkIn(SelectionIn):
    outcome = fields.Enum(
        Outcome,
        by_value=True,
        required=True,
        validate=validate.OneOf(_CHOICES, error="Must be one of: approve, reject, spam."),
    )
    reason = fields.String(load_default=None, validate=validate.OneOf(REASONS), allow_none=True)
    note = fields.String(load_default="", validate=_text(2000))


class PreviewOut(Schema):
    count = fields.Integer(required=True)
    samples = fields.List(fields.Nested(ItemOut), required=True)


class BulkResultOut(Schema):
    comment_id = fields.UUID(required=True)
    decision_id = fields.UUID(required=True, allow_none=True)
    status = fields.String(required=True, allow_none=True)
    error = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why the comment was left alone: the code that one would get."},
    )


class BulkOut(Schema):
    batch_id = fields.UUID(required=True)
    results = fields.List(fields.Nested(BulkResultOut), required=True)
    more = fields.Boolean(
        required=True, metadata={"description": "There were too many for one request: repeat it."}
    )


class BannedOut(AuthorCardOut):
    batch = fields.Nested(BulkOut, required=True, allow_none=True)


class FirstDecisionOut(Schema):
    p50 = fields.Float(required=True, allow_none=True)
    p90 = fields.Float(required=True, allow_none=True)


class HourOut(Schema):
    start = fields.DateTime(required=True, data_key="from")
    decisions = fields.Integer(required=True, metadata={"description": "By people."})
    arrivals = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "Comments that began to wait; null when more was decided since "
            "than is looked at."
        },
    )
    depth = fields.Integer(
        required=True, allow_none=True, metadata={"description": "What waited at its end."}
    )


class AutomatedOut(Schema):
    submitted = fields.Integer(required=True)
    without_a_person = fields.Integer(required=True)
    share = fields.Float(required=True, allow_none=True)


class OverturnedFilterOut(Schema):
    filter = fields.String(required=True)
    held = fields.Integer(required=True)
    approved = fields.Integer(required=True)
    rate = fields.Float(required=True)


class OverturnedOut(OverturnedFilterOut):
    code = fields.String(required=True)


class MetricsOut(Schema):
    days = fields.Integer(required=True)
    queues = fields.Dict(keys=fields.String(), values=fields.Nested(QueueCountOut), required=True)
    first_decision_seconds = fields.Nested(FirstDecisionOut, required=True)
    per_hour = fields.List(fields.Nested(HourOut), required=True)
    automated = fields.Nested(AutomatedOut, required=True)
    overturned = fields.List(fields.Nested(OverturnedOut), required=True)
    overturned_filters = fields.List(fields.Nested(OverturnedFilterOut), required=True)


class AuditIn(Schema):
    """Whose entries, of what and when: every part is optional, and all of them apply."""

    site = fields.String(load_default=None)
    action = fields.String(load_default=None, validate=_text(64, 1))
    actor = fields.String(load_default=None, validate=_text(80, 1))
    subject = fields.String(load_default=None, validate=_text(120, 1))
    since = DayOrMoment(
        data_key="from",
        load_default=None,
        metadata={"description": "A moment (RFC 3339) or a day in UTC, from its beginning on."},
    )
    until = DayOrMoment(
        data_key="to",
        load_default=None,
        last=True,
        metadata={"description": "Before this moment (RFC 3339), or to the end of a day in UTC."},
    )

    @pre_load
    def _drop_empty(self, given: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return without_empty(given)

    @validates_schema
    def _in_order(self, given: dict[str, Any], **_: object) -> None:
        since, until = given["since"], given["until"]
        if since is not None and until is not None and since >= until:
            raise ValidationError("Must be later than the beginning.", "to")


class AuditPageIn(AuditIn):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    before_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**53))


class AuditExportIn(AuditIn):
    format = fields.String(load_default="jsonl", validate=validate.OneOf(["jsonl", "csv"]))


class AuditEntryOut(Schema):
    id = fields.Integer(required=True)
    at = fields.DateTime(required=True)
    site = fields.String(required=True, allow_none=True)
    actor = fields.String(required=True)
    actor_name = fields.String(required=True)
    action = fields.String(required=True)
    subject = fields.String(required=True)
    detail = fields.Dict(required=True)


class AuditOut(Schema):
    entries = fields.List(fields.Nested(AuditEntryOut), required=True)
    next_before_id = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Give it as `before_id` to go on, also behind an empty page."},
    )
