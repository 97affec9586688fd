"""Schemas of the review API about statistics."""

from marshmallow import Schema, fields, validate

from moderation.services.review.statistics import DAYS
from moderation.services.review.team_figures import MOST

from .review import CountsIn, QueueCountOut

_BUSIEST = {"description": f"The busiest {MOST}."}


class MetricsIn(CountsIn):
    days = fields.Integer(load_default=DAYS, validate=validate.Range(1, 30))


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
        required=True, allow_none=True, metadata={"description": "Held comments at its end."}
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


class DecidedOut(Schema):
    """Decisions of people; the rest were held again."""

    decisions = fields.Integer(required=True)
    approved = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    spam = fields.Integer(required=True)


class ByModeratorOut(DecidedOut):
    name = fields.String(required=True)


class BySiteOut(DecidedOut):
    site = fields.String(required=True)
    title = fields.String(required=True)


class ByPostOut(BySiteOut):
    post = fields.String(required=True)


class MetricsOut(Schema):
    days = fields.Integer(required=True)
    queues = fields.Dict(keys=fields.String(), values=fields.Nested(QueueCountOut), required=True)
    first_decision_seconds = fields.Nested(FirstDecisionOut, required=True)
    per_hour = fields.List(fields.Nested(HourOut), required=True)
    automated = fields.Nested(AutomatedOut, required=True)
    by_moderator = fields.List(fields.Nested(ByModeratorOut), required=True, metadata=_BUSIEST)
    by_site = fields.List(fields.Nested(BySiteOut), required=True, metadata=_BUSIEST)
    by_post = fields.List(fields.Nested(ByPostOut), required=True, metadata=_BUSIEST)
    overturned = fields.List(fields.Nested(OverturnedOut), required=True)
    overturned_filters = fields.List(fields.Nested(OverturnedFilterOut), required=True)
