"""A site's settings, as admins change them."""

from typing import Any

from marshmallow import Schema, fields, validate

from moderation.services.sites.settings_schema import SiteSettings
from moderation.services.text_fields import Line, Name, Paragraphs, Sought

from .common import Moment
from .review import CauseOut


class SettingsIn(SiteSettings):
    """Changes of a site's settings: omitted fields are kept; null restores the default."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.allow_none = True


class SettingsOut(SettingsIn):
    """A site's settings; null where the default applies."""


class SiteChangeIn(Schema):
    title = Line(validate=validate.Length(max=200))
    origins = fields.List(Sought(), validate=validate.Length(max=100))
    settings = fields.Nested(SettingsIn(partial=True))


class MessageOut(Schema):
    """A failed webhook message."""

    id = fields.UUID(required=True, metadata={"description": "The `webhook-id` without `msg_`."})
    type = fields.String(required=True)
    comment_id = fields.UUID(required=True, allow_none=True)
    error = fields.String(required=True)
    attempts = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    failed_at = fields.DateTime(required=True)


class WebhookOut(Schema):
    address = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Without path and query, which may be secret; null: none."},
    )
    disabled_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When deliveries were switched off: the receiver answered 410."},
    )
    waiting = fields.Integer(required=True)
    failed = fields.Integer(
        required=True, metadata={"description": "Messages that failed in the last 30 days."}
    )
    last_failure = fields.Nested(MessageOut, required=True, allow_none=True)


class DeliveriesOut(Schema):
    webhook = fields.Nested(WebhookOut, required=True)
    failed = fields.List(
        fields.Nested(MessageOut),
        required=True,
        metadata={"description": "The newest failures first, at most 100."},
    )


class SwitchIn(Schema):
    enabled = fields.Boolean(required=True)


class RetryIn(Schema):
    """All failed messages, or some of them."""

    ids = fields.List(fields.UUID(), validate=validate.Length(1, 100), load_default=None)
    since = Moment(
        load_default=None, metadata={"description": "Only those that failed since then."}
    )


class RetryOut(Schema):
    queued = fields.Integer(required=True)


class SiteOut(Schema):
    site = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    origins = fields.List(fields.String(), required=True)
    staff_names = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Names of moderators, which are reserved automatically."},
    )
    settings = fields.Nested(SettingsOut, required=True)
    defaults = fields.Dict(required=True)
    webhook = fields.Nested(WebhookOut, required=True)


class TrialAuthorIn(Schema):
    name = Name(blank=True, load_default="", validate=validate.Length(max=80))
    email = Sought(load_default="", validate=validate.Length(max=254))
    website = Sought(load_default="", validate=validate.Length(max=2048))


class TrialIn(Schema):
    text = Paragraphs(required=True, validate=validate.Length(1, 10_000))
    author = fields.Nested(TrialAuthorIn, load_default=lambda: TrialAuthorIn().load({}))
    settings = fields.Nested(
        SettingsIn(partial=True),
        load_default=dict,
        metadata={"description": "Unsaved changes of settings to judge with."},
    )


class TrialOut(Schema):
    outcome = fields.String(required=True)
    because = fields.String(required=True)
    reasons = fields.List(fields.Nested(CauseOut), required=True)
    scores = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
