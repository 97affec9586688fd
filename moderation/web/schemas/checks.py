"""Schemas of the review API about a site's own checker and Coral's secrets."""

from marshmallow import Schema, fields, validate

from moderation.services.compat.checker_schema import CheckerIn
from moderation.services.text_fields import Paragraphs, Sought


class CheckerSettingsOut(CheckerIn):
    """A checker's settings, without its secret."""

    class Meta:
        exclude = ("secret",)


class CheckerStateOut(Schema):
    has_secret = fields.Boolean(required=True)
    breaker = fields.String(
        required=True, metadata={"description": "closed, open or half-open (the next one probes)."}
    )
    failures = fields.Integer(required=True, metadata={"description": "Failures in a row."})
    open_until = fields.DateTime(required=True, allow_none=True)
    last_error = fields.String(required=True)
    sent_today = fields.Integer(required=True)
    waiting = fields.Integer(
        required=True, metadata={"description": "Comments that wait for their check."}
    )
    skipped_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When a comment was last not sent, by breaker or daily cap."},
    )


class CheckerOut(Schema):
    site = fields.String(required=True)
    checker = fields.Nested(CheckerSettingsOut, required=True, allow_none=True)
    state = fields.Nested(CheckerStateOut, required=True, allow_none=True)


class CheckerPreviewIn(Schema):
    """A text, and settings that are not saved yet."""

    text = Paragraphs(load_default="", validate=validate.Length(max=10_000))
    checker = fields.Dict(
        keys=fields.String(),
        load_default=None,
        allow_none=True,
        metadata={"description": "As for saving; omitted: the saved settings."},
    )


class CheckerPreviewOut(Schema):
    method = fields.String(required=True)
    url = fields.String(required=True)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    body = fields.Dict(required=True)
    personal_data = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Values beside the text that tell something about a person."},
    )


class CoralSecretIn(Schema):
    secret = Sought(required=True, validate=validate.Length(1, 200))


class CoralOut(Schema):
    site = fields.String(required=True)
    secrets = fields.List(
        fields.DateTime(),
        required=True,
        metadata={"description": "When each valid secret was added, the newest first."},
    )


class OldIn(Schema):
    old = fields.Boolean(
        load_default=False, metadata={"description": "Keep the newest: this ends a rotation."}
    )
