"""Schemas of moderating on the article itself."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from moderation.domain.status import Outcome, Status
from moderation.services.review.article import Choice

from .common import CommentOut, Moment
from .reasons import ReasonCode


class HeldCommentOut(CommentOut):
    """A held comment as a moderator sees it on the article."""

    status = fields.Enum(Status, by_value=True, required=True)
    because = fields.String(required=True, metadata={"description": "Why it is held."})


class HeldOut(Schema):
    moderator = fields.String(required=True, metadata={"description": "Who moderates here."})
    comments = fields.List(fields.Nested(HeldCommentOut), required=True)
    more = fields.Boolean(
        required=True, metadata={"description": "Others are held: see the console."}
    )
    features = fields.Boolean(
        required=True, metadata={"description": "This moderator may feature comments."}
    )


class ArticleDecisionIn(Schema):
    outcome = fields.Enum(
        Outcome,
        by_value=True,
        required=True,
        validate=validate.OneOf(
            (Outcome.APPROVE, Outcome.REJECT, Outcome.SPAM),
            error="Must be one of: approve, reject, spam.",
        ),
    )
    edited_at = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "`edited_at` of the comment as you saw it; 409 when it changed."},
    )
    reason = ReasonCode(load_default=None, allow_none=True)

    @post_load
    def to_choice(self, loaded: dict[str, Any], **_: Any) -> Choice:
        edited_at: datetime | None = loaded["edited_at"]
        return Choice(loaded["outcome"], edited_at, loaded["reason"])


class ArticleDecisionOut(Schema):
    id = fields.UUID(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    decision_id = fields.UUID(required=True)
