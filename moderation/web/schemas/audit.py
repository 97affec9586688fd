"""Schemas of the review API about the audit trail."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate, validates_schema

from moderation.services.text_fields import Sought

from .common import DayOrMoment, without_empty


class AuditIn(Schema):
    """Filters by actor, action, subject and time; all optional, combined with AND."""

    site = Sought(load_default=None)
    action = Sought(load_default=None, validate=validate.Length(1, 64))
    actor = Sought(load_default=None, validate=validate.Length(1, 80))
    subject = Sought(load_default=None, validate=validate.Length(1, 120))
    since = DayOrMoment(
        data_key="from",
        load_default=None,
        metadata={"description": "From this time (RFC 3339) or the start of a day in UTC."},
    )
    until = DayOrMoment(
        data_key="to",
        load_default=None,
        last=True,
        metadata={"description": "Before this time (RFC 3339), or to the end of a day in UTC."},
    )

    claims = fields.Boolean(
        load_default=True,
        metadata={"description": "Include claims of comments and their releases."},
    )

    @pre_load
    def _drop_empty(self, given: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return without_empty(given)

    @validates_schema
    def _in_order(self, given: dict[str, Any], **_: object) -> None:
        since, until = given["since"], given["until"]
        if since is not None and until is not None and since >= until:
            raise ValidationError("Must be later than the start.", "to")


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
        metadata={"description": "`before_id` of the next page, also after an empty page."},
    )
