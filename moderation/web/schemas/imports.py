"""Schemas of imports from the console."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from moderation.services.text_fields import Identifier, Sought
from moderation.services.transfer.formats import Format
from moderation.services.transfer.site_imports import Choices, State

#: Characters of a map; enough for some ten thousand pages.
LONGEST_MAP = 4 << 20


class UploadIn(Schema):
    """The file that will be uploaded."""

    size = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1, max=1 << 50),
        metadata={"description": "Bytes of the file."},
    )


class PartQuery(Schema):
    """The place of a part."""

    offset = fields.Integer(load_default=0, validate=validate.Range(min=0, max=1 << 50))


class ChoicesIn(Schema):
    """How the file is read, as the options of `moderation import`."""

    format = fields.String(
        load_default="auto", validate=validate.OneOf(["auto", *(each.value for each in Format)])
    )
    map = Sought(
        load_default="",
        validate=validate.Length(max=LONGEST_MAP),
        metadata={"description": "Rules from old addresses to new ones, one in each line."},
    )
    hosts = fields.List(
        Identifier(validate=validate.Length(1, 253)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "Only pages of these hosts; empty for all."},
    )
    timezone = Identifier(load_default="", validate=validate.Length(max=60))
    status = fields.String(load_default="keep", validate=validate.OneOf(["keep", "hold"]))

    @post_load
    def _make(self, given: dict[str, Any], **_: Any) -> Choices:
        return Choices(**{**given, "hosts": tuple(given["hosts"])})


class StartIn(Schema):
    """The file that the dry run has read."""

    sha256 = Identifier(required=True, validate=validate.Length(equal=64))


class ProblemOut(Schema):
    """Why a job failed."""

    code = fields.String(metadata={"description": "A stable code."})
    detail = fields.String()


class ImportOut(Schema):
    """The import of a site."""

    state = fields.Enum(State, by_value=True)
    size = fields.Integer()
    received = fields.Integer(metadata={"description": "Bytes that have arrived."})
    options = fields.Dict()
    sha256 = fields.String(metadata={"description": "Of the file, once a dry run has read it."})
    is_waiting = fields.Boolean(metadata={"description": "No worker has begun the job yet."})
    stage = fields.String(metadata={"description": "`reading`, `storing` or empty."})
    done = fields.Integer(metadata={"description": "Bytes while reading, comments while storing."})
    total = fields.Integer()
    found = fields.Dict(metadata={"description": "What the dry run found."})
    tally = fields.Dict(metadata={"description": "Counts of what is stored so far."})
    has_report = fields.Boolean()
    problem = fields.Nested(ProblemOut, allow_none=True)
    started_by = fields.String()
    created_at = fields.AwareDateTime()
    touched_at = fields.AwareDateTime()


class SiteImportOut(Schema):
    """The import of a site, if there is one, and the limits of the next."""

    import_ = fields.Nested(ImportOut, data_key="import", allow_none=True)
    largest_file = fields.Integer(metadata={"description": "Bytes of the largest file."})
    largest_part = fields.Integer(metadata={"description": "Bytes of the largest part."})
