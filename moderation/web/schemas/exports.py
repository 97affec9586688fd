"""Schemas of exports of a site, streamed or prepared."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from moderation.domain.export_state import ExportState
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


class ExportProblemOut(Schema):
    """The reason of a failed export."""

    code = fields.String(metadata={"description": "A stable code."})
    detail = fields.String()


class ExportOut(Schema):
    """A prepared export."""

    id = fields.UUID()
    state = fields.Enum(ExportState, by_value=True)
    format = fields.Enum(Format, by_value=True)
    since = fields.AwareDateTime(allow_none=True)
    posts = fields.List(fields.String())
    ordered_by = fields.String()
    created_at = fields.AwareDateTime()
    done = fields.Integer(metadata={"description": "Comments that are written."})
    total = fields.Integer(metadata={"description": "Comments that the file will have."})
    size = fields.Integer(metadata={"description": "Bytes of the file; 0 until it is ready."})
    sha256 = fields.String(metadata={"description": "Of the file; empty until it is ready."})
    ready_at = fields.AwareDateTime(allow_none=True)
    expires_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "The time when the file is deleted."}
    )
    file = fields.String(
        allow_none=True, metadata={"description": "The path of the file, while it is ready."}
    )
    problem = fields.Nested(ExportProblemOut, allow_none=True)


class ExportsOut(Schema):
    """The prepared exports of a site, the newest first."""

    exports = fields.List(fields.Nested(ExportOut))
