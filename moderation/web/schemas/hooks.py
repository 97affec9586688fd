"""Schemas of webhooks of other systems, and of their secrets and log in the review API."""

from marshmallow import EXCLUDE, Schema, fields, validate

from moderation.services.text_fields import Identifier, Line, require_address
from moderation.services.webhooks import hook_log, hook_secrets
from moderation.services.webhooks.hook_signatures import Adapter
from moderation.services.webhooks.post_notices import WORDPRESS_EVENTS

from .common import Mailbox, Moment, OptionalUrl

# Payloads. Unknown fields are ignored: most of them are the post itself.


class _GhostStateIn(Schema):
    class Meta:
        unknown = EXCLUDE

    id = Identifier(validate=validate.Length(1, 64), allow_none=True)
    title = Line(blank=True, validate=validate.Length(max=2000), allow_none=True)
    slug = Identifier(validate=validate.Length(max=255), allow_none=True)
    status = fields.String(validate=validate.Regexp(r"[a-z_-]{1,32}\Z"), allow_none=True)
    url = OptionalUrl(validate=validate.Length(max=2000), allow_none=True)
    canonical_url = OptionalUrl(validate=validate.Length(max=2000), allow_none=True)
    published_at = Moment(format="iso", allow_none=True)
    updated_at = Moment(format="iso", allow_none=True)


class _GhostChangeIn(Schema):
    class Meta:
        unknown = EXCLUDE

    current = fields.Nested(_GhostStateIn, allow_none=True)
    previous = fields.Nested(_GhostStateIn, allow_none=True)


class GhostIn(Schema):
    """A webhook of Ghost; those of members, tags and the site have neither of these fields."""

    class Meta:
        unknown = EXCLUDE

    post = fields.Nested(_GhostChangeIn, allow_none=True)
    page = fields.Nested(_GhostChangeIn, allow_none=True)


class WordPressIn(Schema):
    """The payload of the plugin in docs/webhooks.md."""

    class Meta:
        unknown = EXCLUDE

    event = fields.String(required=True, validate=validate.OneOf(WORDPRESS_EVENTS))
    id = fields.Integer(required=True, validate=validate.Range(1, 2**63 - 1))
    timestamp = Moment(format="iso", required=True)
    permalink = fields.Url(
        required=True,
        schemes={"http", "https"},
        require_tld=False,
        validate=[validate.Length(max=2000), require_address],
    )
    old_permalink = OptionalUrl(validate=validate.Length(max=2000), allow_none=True)
    title = Line(blank=True, validate=validate.Length(max=2000), allow_none=True)
    published_at = Moment(format="iso", allow_none=True)


class _MailEventDataIn(Schema):
    address = Mailbox(required=True, validate=validate.Length(1, 254))
    permanent = fields.Boolean(load_default=True, truthy={True}, falsy={False})


class MailEventIn(Schema):
    """A bounce or a complaint in our own form, for mail servers of one's own."""

    type = fields.String(
        required=True, validate=validate.OneOf(("mail.bounced", "mail.complained"))
    )
    data = fields.Nested(_MailEventDataIn, required=True)


# Review API

_ADAPTER = validate.OneOf([adapter.value for adapter in Adapter])


class HookSecretIn(Schema):
    adapter = fields.String(required=True, validate=_ADAPTER)
    secret = fields.String(
        load_default="",
        validate=validate.Regexp(
            rf"(?:[!-~]{{{hook_secrets.SHORTEST},{hook_secrets.LONGEST}}})?\Z",
            error=f"Must be {hook_secrets.SHORTEST} to {hook_secrets.LONGEST} "
            "ASCII characters without spaces.",
        ),
        metadata={
            "description": "One that the sender gave you; left out, one is made. "
            "Needed for ses (the topic's ARN), mailgun and sendgrid (its public key)."
        },
    )


class NewHookSecretOut(Schema):
    adapter = fields.String(required=True)
    address = fields.String(required=True)
    secret = fields.String(required=True, metadata={"description": "Shown this once."})


class HookSecretOut(Schema):
    id = fields.Integer(required=True)
    last_four = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class HookOut(Schema):
    adapter = fields.String(required=True, validate=_ADAPTER)
    address = fields.String(required=True)
    header = fields.String(
        required=True, metadata={"description": "Empty: the signature is in the body."}
    )
    secrets = fields.List(fields.Nested(HookSecretOut), required=True)


class HooksOut(Schema):
    hooks = fields.List(fields.Nested(HookOut), required=True)


class HookDeliveryOut(Schema):
    id = fields.Integer(required=True)
    adapter = fields.String(required=True)
    delivery = fields.String(required=True)
    event = fields.String(required=True)
    post = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True)
    code = fields.String(required=True)
    received_at = fields.AwareDateTime(required=True)


class HookDeliveriesOut(Schema):
    deliveries = fields.List(fields.Nested(HookDeliveryOut), required=True)


class HookDeliveriesQuery(Schema):
    before = fields.Integer(load_default=None, validate=validate.Range(1, 2**63 - 1))
    limit = fields.Integer(load_default=hook_log.LISTED, validate=validate.Range(1, 200))


class HookOutcomeOut(Schema):
    outcome = fields.String(
        required=True,
        validate=validate.OneOf(["applied", "repeated", "outdated", "ignored"]),
    )
