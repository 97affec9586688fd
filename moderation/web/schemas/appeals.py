"""Schemas of appeals, and of the reasons that decisions have."""

from marshmallow import Schema, fields, validate

from moderation.domain.appeals import LONGEST, AppealResult, AppealState
from moderation.domain.reasons import Reason
from moderation.services.text_fields import Paragraphs, Sought

from .authors import BanOut
from .common import PageQuery
from .review import DecisionOut, ItemOut


class AppealIn(Schema):
    text = Paragraphs(required=True, validate=validate.Length(1, LONGEST))


class AppealedOut(Schema):
    appealed = fields.Boolean(required=True)
    created_at = fields.DateTime(required=True)


class AppealsQuery(PageQuery):
    site = Sought(load_default=None)
    state = fields.String(
        load_default="pending",
        validate=validate.OneOf(["pending", "decided"]),
        metadata={"description": "Those that wait, oldest first, or the decided, newest first."},
    )
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))


class AppealDecisionIn(Schema):
    outcome = fields.Enum(AppealResult, by_value=True, required=True)
    note = Paragraphs(
        required=True,
        validate=validate.Length(1, LONGEST),
        metadata={"description": "Why, for the other moderators."},
    )
    answer = Paragraphs(
        load_default="",
        validate=validate.Length(max=LONGEST),
        metadata={"description": "To the author, beside the outcome."},
    )
    lift_ban = fields.Boolean(
        load_default=False, metadata={"description": "Also lift the author's ban."}
    )


class AppealOut(Schema):
    id = fields.UUID(required=True)
    site = fields.String(required=True)
    state = fields.Enum(AppealState, by_value=True, required=True)
    text = fields.String(required=True, metadata={"description": "The author's words."})
    language = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    item = fields.Nested(ItemOut, required=True)
    decision = fields.Nested(
        DecisionOut, required=True, metadata={"description": "The one that is appealed."}
    )
    by_rule = fields.Boolean(
        required=True, metadata={"description": "A rule made the first decision."}
    )
    reason_label = fields.String(required=True, allow_none=True)
    sentence = fields.String(
        required=True, metadata={"description": "As the author reads the first decision."}
    )
    ban = fields.Nested(BanOut, required=True, allow_none=True)
    may_decide = fields.Boolean(
        required=True,
        metadata={"description": "False: you made the first decision, or it is decided."},
    )
    own_decision = fields.Boolean(required=True)
    decided_at = fields.DateTime(required=True, allow_none=True)
    decided_by = fields.String(required=True)
    note = fields.String(required=True)
    answer = fields.String(required=True)
    same_moderator = fields.Boolean(
        required=True,
        metadata={"description": "The first moderator decided: the site has no other."},
    )


class AppealsOut(Schema):
    appeals = fields.List(fields.Nested(AppealOut), required=True)
    count = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Those that wait, at most 1,000; null for decided ones."},
    )
    next_cursor = fields.String(required=True, allow_none=True)


class ReasonsQuery(Schema):
    lang = Sought(load_default="", validate=validate.Length(max=35))


class ReasonOut(Schema):
    code = fields.String(required=True)
    label = fields.String(required=True)
    kind = fields.Enum(Reason, by_value=True, required=True)
    sentence = fields.String(
        required=True, metadata={"description": "In `lang`, or the language of the site's pages."}
    )


class SiteReasonsOut(Schema):
    reasons = fields.List(fields.Nested(ReasonOut), required=True)
    own = fields.Boolean(required=True, metadata={"description": "The site has a list of its own."})
    language = fields.String(required=True)
    sentences = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "The built-in sentences in this language, by kind."},
    )
