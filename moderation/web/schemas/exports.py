"""Schemas of exports of a site."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from moderation.domain.posts import LONGEST_ID
from moderation.services.text_fields import Sought
from moderation.services.transfer.exporting import Format

from .common import DayOrMoment, without_empty


class ExportIn(Schema):
    """The format and the part of a site to export; by default all of it."""

    format = fields.Enum(Format, by_value=True, load_default=Format.JSONL)
    since = DayOrMoment(
        load_default=None,
        metadata={"description": "Only comments written or decided about since then."},
    )
    posts = fields.List(
        Sought(validate=validate.Length(1, LONGEST_ID)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "Only posts whose ids begin with one of these."},
    )

    @pre_load
    def _drop_empty(self, given: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return without_empty(given)
