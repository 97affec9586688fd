"""Schemas of the review API about authors."""

from datetime import UTC

from marshmallow import Schema, fields, validate

from moderation.domain.posts import LONGEST_SPELLING
from moderation.domain.reasons import Code
from moderation.domain.status import Status
from moderation.services.review.authors import Standing
from moderation.services.text_fields import Line, Paragraphs, Sought

from .bulk import BulkOut
from .common import Moment, PageQuery
from .review import ItemOut


class StandingIn(Schema):
    standing = fields.Enum(Standing, by_value=True, required=True, allow_none=True)


class NoteIn(Schema):
    text = Paragraphs(required=True, validate=validate.Length(1, 2000))


class BanIn(Schema):
    reason = Paragraphs(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"description": "Shown to the author."},
    )
    until = Moment(load_default=None, allow_none=True, default_timezone=UTC)
    reject_waiting = fields.Boolean(
        load_default=False, metadata={"description": "Also reject the author's held comments."}
    )


class BanOut(Schema):
    reason = fields.String(required=True)
    until = fields.DateTime(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)


class StandingSetOut(Schema):
    by = fields.String(required=True)
    at = fields.DateTime(required=True)


class AuthorNoteOut(Schema):
    id = fields.UUID(required=True)
    text = fields.String(required=True)
    by = fields.String(required=True)
    created_at = fields.DateTime(required=True)


class PostNameOut(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)


class AuthorCommentOut(Schema):
    id = fields.UUID(required=True)
    text = fields.String(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    post = fields.Nested(PostNameOut, required=True)
    created_at = fields.DateTime(required=True)


class AuthorCardOut(Schema):
    key = fields.String(required=True)
    site = fields.String(required=True)
    names = fields.List(fields.String(), required=True)
    first_seen = fields.DateTime(required=True, allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    approval_rate = fields.Float(required=True, allow_none=True)
    standing = fields.Enum(Standing, by_value=True, required=True, allow_none=True)
    standing_set = fields.Nested(StandingSetOut, required=True, allow_none=True)
    ban = fields.Nested(BanOut, required=True, allow_none=True)
    notes = fields.List(fields.Nested(AuthorNoteOut), required=True)
    comments = fields.List(fields.Nested(AuthorCommentOut), required=True)


class HistoryIn(PageQuery):
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))
    status = fields.Enum(Status, by_value=True, load_default=None)
    post = Sought(load_default=None, validate=validate.Length(1, LONGEST_SPELLING))
    reason = fields.Enum(Code, by_value=True, load_default=None)
    q = Line(blank=True, load_default="", validate=validate.Length(max=200))
    before = Moment(load_default=None, default_timezone=UTC)
    after = Moment(load_default=None, default_timezone=UTC)


class HistoryOut(Schema):
    items = fields.List(fields.Nested(ItemOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class BannedOut(AuthorCardOut):
    batch = fields.Nested(BulkOut, required=True, allow_none=True)
