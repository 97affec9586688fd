"""What moderators send and see."""

from marshmallow import Schema, fields, validate

from moderation.domain.reasons import Code
from moderation.domain.status import Outcome, Status
from moderation.services.review import CHOICES

from .base import REASONS, PageQuery, no_nul


class QueueQueryIn(PageQuery):
    site = fields.String(load_default=None)
    reason = fields.Enum(Code, by_value=True, load_default=None)
    status = fields.Enum(Status, by_value=True, load_default=Status.HELD)
    sort = fields.String(load_default="oldest", validate=validate.OneOf(["oldest", "newest"]))
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))


class DecisionIn(Schema):
    outcome = fields.Enum(
        Outcome,
        by_value=True,
        required=True,
        validate=validate.OneOf(CHOICES, error="Must be one of: approve, reject, spam."),
    )
    reason = fields.String(load_default=None, validate=validate.OneOf(REASONS), allow_none=True)
    note = fields.String(load_default="", validate=[validate.Length(max=2000), no_nul])
    version = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        metadata={"description": "The item's version as you saw it; 409 when it has changed."},
    )


class CauseOut(Schema):
    filter = fields.String(required=True)
    code = fields.Enum(Code, by_value=True, required=True)
    score = fields.Float(required=True)
    threshold = fields.Float(required=True)
    outcome = fields.String(required=True)
    field = fields.String(required=True)
    spans = fields.List(fields.List(fields.Integer()), required=True)
    explanation = fields.String(required=True)


class ByOut(Schema):
    kind = fields.String(required=True)
    name = fields.String(required=True)


class DecisionOut(Schema):
    id = fields.UUID(required=True)
    comment_id = fields.UUID(required=True)
    revision = fields.Integer(required=True)
    version = fields.Integer(required=True)
    outcome = fields.String(required=True)
    previous_status = fields.String(required=True, allow_none=True)
    status = fields.Enum(Status, by_value=True, required=True)
    by = fields.Nested(ByOut, required=True)
    reason = fields.String(required=True, allow_none=True)
    note = fields.String(required=True)
    reasons = fields.List(fields.Nested(CauseOut), required=True)
    scores = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    policy = fields.String(required=True)
    undoes = fields.UUID(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)


class ReviewAuthorOut(Schema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    website = fields.String(required=True, allow_none=True)


class ReviewPostOut(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)


class ReviewCommentOut(Schema):
    id = fields.UUID(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    site = fields.String(required=True)
    post = fields.Nested(ReviewPostOut, required=True)
    author = fields.Nested(ReviewAuthorOut, required=True)
    text = fields.String(required=True)
    html = fields.String(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    revision = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    edited_at = fields.DateTime(required=True, allow_none=True)


class ItemOut(Schema):
    comment = fields.Nested(ReviewCommentOut, required=True)
    version = fields.Integer(required=True)
    because = fields.String(required=True)
    reasons = fields.List(fields.Nested(CauseOut), required=True)
    scores = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    suggested_reason = fields.String(required=True, allow_none=True)


class ItemWithDecisionsOut(ItemOut):
    decisions = fields.List(fields.Nested(DecisionOut), required=True)


class QueueOut(Schema):
    items = fields.List(fields.Nested(ItemOut), required=True)
    count = fields.Integer(required=True)
    next_cursor = fields.String(required=True, allow_none=True)
