"""The rules of sites, sections and posts, as moderators see and change them."""

from marshmallow import Schema, fields, validate

from moderation.domain.status import PostState
from moderation.services.sites.settings_schema import LevelRules, SectionRules, StateRules

from .review import ReviewPostOut


class PostRulesChangeIn(StateRules):
    """Changes of a post's rules: omitted fields are kept; null inherits from the section."""


class SiteRulesIn(LevelRules):
    """Changes of a site's rules: omitted fields are kept; null restores the default."""

    premoderate = fields.Boolean(allow_none=True)
    hold_everything = fields.Boolean(allow_none=True)
    sections = fields.List(
        fields.Nested(SectionRules), allow_none=True, validate=validate.Length(max=100)
    )


class EffectiveOut(Schema):
    """The rules in effect now, from the site, a section or the post."""

    state = fields.Enum(PostState, by_value=True, required=True)
    closes_at = fields.DateTime(required=True, allow_none=True)
    slow_seconds = fields.Integer(required=True)
    strict_thresholds = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    strict_until = fields.DateTime(required=True, allow_none=True)


class PostRulesOut(Schema):
    site = fields.String(required=True)
    post = fields.Nested(ReviewPostOut, required=True)
    rules = fields.Nested(StateRules, required=True)
    effective = fields.Nested(EffectiveOut, required=True)
    opened_at = fields.DateTime(required=True)
    count = fields.Integer(required=True)
    held = fields.Integer(
        required=True, metadata={"description": "At most 1,000, which means that or more."}
    )


class SiteRulesOut(SiteRulesIn):
    site = fields.String(required=True)
    title = fields.String(required=True)
    thresholds = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "The site's normal ones."},
    )


class FeaturedOut(Schema):
    comment_id = fields.UUID(required=True)
    featured = fields.Boolean(required=True)
