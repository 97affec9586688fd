"""A site's settings, as admins change them."""

from typing import Any

from marshmallow import Schema, fields, validate

from moderation.services.sites import SiteSettings

from .base import no_nul
from .review import CauseOut


class SettingsIn(SiteSettings):
    """What is not given stays as it is; null goes back to the default."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.allow_none = True


class SettingsOut(SettingsIn):
    """null where the default applies."""


class SiteChangeIn(Schema):
    title = fields.String(validate=[validate.Length(max=200), no_nul])
    origins = fields.List(fields.String(), validate=validate.Length(max=100))
    settings = fields.Nested(SettingsIn(partial=True))


class SiteOut(Schema):
    site = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    origins = fields.List(fields.String(), required=True)
    staff_names = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Names of moderators, which are reserved without being set."},
    )
    settings = fields.Nested(SettingsOut, required=True)
    defaults = fields.Dict(required=True)


class TrialAuthorIn(Schema):
    name = fields.String(load_default="", validate=[validate.Length(max=80), no_nul])
    email = fields.String(load_default="", validate=[validate.Length(max=254), no_nul])
    website = fields.String(load_default="", validate=[validate.Length(max=2048), no_nul])


class TrialIn(Schema):
    text = fields.String(required=True, validate=[validate.Length(1, 10_000), no_nul])
    author = fields.Nested(TrialAuthorIn, load_default=lambda: TrialAuthorIn().load({}))


class TrialOut(Schema):
    outcome = fields.String(required=True)
    because = fields.String(required=True)
    reasons = fields.List(fields.Nested(CauseOut), required=True)
    scores = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
