"""Schemas of the review API about decisions on many comments."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from moderation.domain.status import Outcome
from moderation.services.review.bulk import MOST
from moderation.services.text_fields import Paragraphs

from .reasons import ReasonCode
from .review import ItemOut, QueueIn

_CHOICES = (Outcome.APPROVE, Outcome.REJECT, Outcome.SPAM)


class SelectionIn(Schema):
    """Comments by ids or by a query: exactly one of the two."""

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
    reason = ReasonCode(load_default=None, allow_none=True)
    note = Paragraphs(load_default="", validate=validate.Length(max=2000))


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
        metadata={"description": "Why it was skipped: the error code of a single decision."},
    )


class BulkOut(Schema):
    batch_id = fields.UUID(required=True)
    results = fields.List(fields.Nested(BulkResultOut), required=True)
    more = fields.Boolean(
        required=True, metadata={"description": "More are left than one request takes: repeat it."}
    )
