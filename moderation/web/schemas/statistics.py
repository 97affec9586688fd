"""Schemas of the review API about statistics."""

from marshmallow import Schema, fields

from .review import QueueCountOut


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


class MetricsOut(Schema):
    days = fields.Integer(required=True)
    queues = fields.Dict(keys=fields.String(), values=fields.Nested(QueueCountOut), required=True)
    first_decision_seconds = fields.Nested(FirstDecisionOut, required=True)
    per_hour = fields.List(fields.Nested(HourOut), required=True)
    automated = fields.Nested(AutomatedOut, required=True)
    overturned = fields.List(fields.Nested(OverturnedOut), required=True)
    overturned_filters = fields.List(fields.Nested(OverturnedFilterOut), required=True)
