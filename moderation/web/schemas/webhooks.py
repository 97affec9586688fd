"""Webhook endpoints and their delivery log."""

from marshmallow import Schema, fields, validate

from moderation.domain.webhook_events import EVENTS
from moderation.services.text_fields import Sought
from moderation.services.webhooks.delivery_log import STATES

from .common import Moment

_TYPES = {"description": f"Event types, of: {', '.join(EVENTS)}; empty: all."}


class EndpointChangeIn(Schema):
    """Changes of an endpoint; omitted fields are kept."""

    url = Sought(validate=validate.Length(1, 2048))
    events = fields.List(
        fields.String(validate=validate.OneOf(EVENTS)),
        validate=validate.Length(max=len(EVENTS)),
        metadata=_TYPES,
    )
    held_text = fields.Boolean(
        metadata={"description": "Send it the texts of comments that are not published, too."}
    )
    enabled = fields.Boolean(metadata={"description": "Messages wait while it is off."})


class EndpointIn(Schema):
    url = Sought(required=True, validate=validate.Length(1, 2048))
    events = fields.List(
        fields.String(validate=validate.OneOf(EVENTS)),
        validate=validate.Length(max=len(EVENTS)),
        load_default=list,
        metadata=_TYPES,
    )
    held_text = fields.Boolean(load_default=False)


class EndpointOut(Schema):
    id = fields.Integer(required=True)
    url = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Its path and query may be secret: null for seniors."},
    )
    address = fields.String(required=True, metadata={"description": "Scheme and host."})
    events = fields.List(fields.String(), required=True, metadata=_TYPES)
    held_text = fields.Boolean(required=True)
    enabled = fields.Boolean(required=True)
    disabled_at = fields.DateTime(required=True, allow_none=True)
    disabled_why = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "`gone`: the receiver answered 410; `admin`: switched off."},
    )
    paused_until = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "It answered that it is overloaded: nothing is sent until then."},
    )
    failing_since = fields.DateTime(required=True, allow_none=True)
    given_up_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "A message has failed in all its attempts, and none came since."},
    )
    secrets = fields.Integer(
        required=True,
        metadata={"description": "Own secrets; two during a rotation; 0: the site's sign."},
    )
    created_at = fields.DateTime(required=True)


class EndpointsOut(Schema):
    endpoints = fields.List(fields.Nested(EndpointOut), required=True)


class NewEndpointOut(Schema):
    endpoint = fields.Nested(EndpointOut, required=True)
    secret = fields.String(required=True, metadata={"description": "Shown this once."})


class SecretOut(Schema):
    secret = fields.String(required=True, metadata={"description": "Shown this once."})


class MessageSentOut(Schema):
    webhook_id = fields.String(required=True)


class LogIn(Schema):
    state = fields.String(validate=validate.OneOf(STATES), load_default=None)
    before = fields.Integer(
        validate=validate.Range(1, 2**63 - 1),
        load_default=None,
        metadata={"description": "`next` of the page before."},
    )
    limit = fields.Integer(validate=validate.Range(1, 100), load_default=50)


class AttemptOut(Schema):
    at = fields.String(required=True)
    status = fields.Integer(required=True, metadata={"description": "0: no answer."})
    ms = fields.Integer(required=True)
    error = fields.String(required=True)


class DeliveryOut(Schema):
    delivery = fields.Integer(required=True)
    endpoint = fields.Integer(required=True)
    id = fields.UUID(required=True, metadata={"description": "The `webhook-id` without `msg_`."})
    type = fields.String(required=True)
    comment_id = fields.UUID(required=True, allow_none=True)
    state = fields.String(required=True)
    attempts = fields.Integer(required=True)
    error = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    due_at = fields.DateTime(required=True, allow_none=True)
    finished_at = fields.DateTime(required=True, allow_none=True)
    log = fields.List(
        fields.Nested(AttemptOut),
        required=True,
        metadata={"description": "The newest 20 attempts, the oldest first."},
    )


class LogOut(Schema):
    deliveries = fields.List(fields.Nested(DeliveryOut), required=True)
    next = fields.Integer(required=True, allow_none=True)


class RedeliverIn(Schema):
    """Messages by ids, or all since a time."""

    ids = fields.List(fields.UUID(), validate=validate.Length(1, 100), load_default=None)
    since = Moment(load_default=None)
    delivered = fields.Boolean(
        load_default=False,
        metadata={"description": "With `since`: those that were delivered, too."},
    )
