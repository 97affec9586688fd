"""Schemas of personal data: exports, and erasures that wait."""

from marshmallow import Schema, fields, validate


class ExportIn(Schema):
    format = fields.String(load_default="json", validate=validate.OneOf(("json", "html")))


class ConfirmIn(Schema):
    confirm = fields.String(
        required=True,
        validate=validate.Equal("erase"),
        metadata={"description": "The word `erase`, against requests by accident."},
    )


class EraseIn(Schema):
    now = fields.Boolean(
        load_default=False,
        metadata={"description": "Without the 24 hours in which it can be withdrawn."},
    )


class ErasureOut(Schema):
    id = fields.UUID(required=True)
    requested_at = fields.DateTime(required=True)
    due_at = fields.DateTime(required=True)
    actor = fields.String(required=True, metadata={"description": "author, site or moderator"})
    actor_name = fields.String(required=True)


class PendingOut(Schema):
    pending = fields.Nested(ErasureOut, required=True, allow_none=True)


class ErasuresOut(Schema):
    pending = fields.List(fields.Nested(ErasureOut), required=True)
