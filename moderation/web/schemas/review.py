"""Schemas of the review API about queues and decisions."""

from datetime import UTC

from marshmallow import Schema, fields, validate

from moderation.domain.posts import LONGEST_SPELLING
from moderation.domain.reasons import Code
from moderation.domain.status import Outcome, Status
from moderation.filters.text.near_duplicates import NEAR
from moderation.services.review.alike import MOST as MOST_ALIKE
from moderation.services.review.decisions import CHOICES
from moderation.services.review.queues import PARENT, Order, Queue
from moderation.services.review.redaction import MOST as MOST_SPANS
from moderation.services.text_fields import Line, Paragraphs, Sought

from .common import AuthorOut, Moment, PageQuery
from .reasons import ReasonCode


class QueueIn(Schema):
    """Filters of a queue; all optional, combined with AND."""

    site = Sought(load_default=None)
    queue = fields.Enum(Queue, by_value=True, load_default=None)
    status = fields.String(
        load_default=None,
        validate=validate.OneOf([q.value for q in Queue if q is not Queue.MINE]),
        metadata={"deprecated": True, "description": "Use `queue`."},
    )
    post = Sought(load_default=None, validate=validate.Length(1, LONGEST_SPELLING))
    reason = fields.Enum(Code, by_value=True, load_default=None)
    author = Sought(load_default=None, validate=validate.Length(1, 32))
    q = Line(blank=True, load_default="", validate=validate.Length(max=200))
    score_from = fields.Float(load_default=None, validate=validate.Range(0, 1))
    score_to = fields.Float(load_default=None, validate=validate.Range(0, 1))
    before = Moment(load_default=None, default_timezone=UTC)
    after = Moment(load_default=None, default_timezone=UTC)
    sort = fields.Enum(Order, by_value=True, load_default=None)


class QueueQueryIn(QueueIn, PageQuery):
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))


class CountsIn(Schema):
    site = Sought(load_default=None)


class ClaimIn(Schema):
    steal = fields.Boolean(load_default=False)
    note = Paragraphs(load_default="", validate=validate.Length(max=2000))


class DecisionIn(Schema):
    outcome = fields.Enum(
        Outcome,
        by_value=True,
        required=True,
        validate=validate.OneOf(CHOICES, error="Must be one of: approve, reject, spam, escalate."),
    )
    reason = ReasonCode(load_default=None, allow_none=True)
    note = Paragraphs(load_default="", validate=validate.Length(max=2000))
    version = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        metadata={"description": "The item's version that you saw; 409 when it has changed."},
    )
    next = fields.Nested(
        QueueIn,
        load_default=None,
        allow_none=True,
        metadata={"description": "Also claim the next comment of this queue."},
    )


class ReplyIn(Schema):
    text = Paragraphs(required=True, validate=validate.Length(1, 10_000))


class RedactionIn(Schema):
    """Spans in code points of the text of this version, the end exclusive."""

    version = fields.Integer(required=True, strict=True)
    spans = fields.List(
        fields.Tuple((fields.Integer(strict=True), fields.Integer(strict=True))),
        required=True,
        validate=validate.Length(1, MOST_SPANS),
    )


class CauseOut(Schema):
    filter = fields.String(required=True)
    code = fields.Enum(Code, by_value=True, required=True)
    score = fields.Float(required=True)
    threshold = fields.Float(required=True)
    outcome = fields.String(required=True)
    field = fields.String(required=True)
    spans = fields.List(fields.List(fields.Integer()), required=True)
    explanation = fields.String(required=True)


class ByOut(Schema):
    kind = fields.String(required=True)
    name = fields.String(required=True)


class DecisionOut(Schema):
    id = fields.UUID(required=True)
    comment_id = fields.UUID(required=True)
    revision = fields.Integer(required=True)
    version = fields.Integer(required=True)
    outcome = fields.String(required=True)
    previous_status = fields.String(required=True, allow_none=True)
    status = fields.Enum(Status, by_value=True, required=True)
    by = fields.Nested(ByOut, required=True)
    reason = fields.String(required=True, allow_none=True)
    note = fields.String(required=True)
    reasons = fields.List(fields.Nested(CauseOut), required=True)
    scores = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    policy = fields.String(required=True)
    versions = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "The version of each filter; empty for decisions by people."},
    )
    undoes = fields.UUID(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    next = fields.Nested(
        lambda: NextOut(),
        allow_none=True,
        metadata={"description": "Only when requested; null when no comment is left."},
    )


class ReviewAuthorOut(Schema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    website = fields.String(required=True, allow_none=True)
    key = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "A keyed hash that identifies the author; null when unknown."},
    )
    staff = fields.Boolean(required=True)
    verified = fields.Boolean(required=True)
    signed_in = fields.Boolean(
        required=True,
        metadata={"description": "The main site named the author, by a sign-on token or event."},
    )


class ReviewPostOut(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)


class SourceOut(Schema):
    """The platform of a comment that is not our own."""

    platform = fields.String(required=True, metadata={"description": "akismet or coral."})
    url = fields.String(required=True, allow_none=True)
    details = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "As the platform sent them: blog, kind, post_id, language, …"},
    )
    awaits_verdict = fields.Boolean(
        required=True,
        metadata={"description": "A moderator's decision is sent to the platform."},
    )


class ReviewCommentOut(Schema):
    id = fields.UUID(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    site = fields.String(required=True)
    post = fields.Nested(ReviewPostOut, required=True)
    source = fields.Nested(
        SourceOut,
        required=True,
        allow_none=True,
        metadata={"description": "Null for a comment of this service."},
    )
    author = fields.Nested(ReviewAuthorOut, required=True)
    text = fields.String(required=True)
    html = fields.String(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    revision = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    edited_at = fields.DateTime(required=True, allow_none=True)
    escalated_at = fields.DateTime(required=True, allow_none=True)
    redacted_at = fields.DateTime(required=True, allow_none=True)
    featured = fields.Boolean(required=True)


class ClaimOut(Schema):
    id = fields.UUID(required=True)
    by = fields.String(required=True)
    mine = fields.Boolean(required=True)
    taken_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)


class ReportReasonCountOut(Schema):
    code = fields.String(required=True)
    count = fields.Integer(required=True)


class ReportedSummaryOut(Schema):
    count = fields.Integer(required=True, metadata={"description": "Readers with open reports."})
    weight = fields.Integer(
        required=True,
        metadata={"description": "Guests count 1, signed-in readers 2, doubtful reporters 0."},
    )
    reasons = fields.List(fields.Nested(ReportReasonCountOut), required=True)
    first_at = fields.DateTime(required=True)
    last_at = fields.DateTime(required=True)


class ReportByOut(Schema):
    key = fields.String(
        required=True, metadata={"description": "Short keyed hash that identifies the reporter."}
    )
    name = fields.String(required=True)
    signed_in = fields.Boolean(required=True)
    email = fields.String(required=True, allow_none=True)


class ReportOut(Schema):
    id = fields.UUID(required=True)
    by = fields.Nested(ReportByOut, required=True)
    reason = fields.String(required=True)
    text = fields.String(required=True)
    explanation = fields.String(required=True)
    good_faith = fields.Boolean(required=True)
    weight = fields.Integer(required=True)
    revision = fields.Integer(
        required=True, metadata={"description": "The revision of the text that was reported."}
    )
    outcome = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "kept, removed or gone; null while no person has decided."},
    )
    created_at = fields.DateTime(required=True)
    decided_at = fields.DateTime(required=True, allow_none=True)


class SaidOut(Schema):
    id = fields.UUID(required=True)
    author = fields.Nested(AuthorOut, required=True)
    text = fields.String(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    created_at = fields.DateTime(required=True)


class ItemOut(Schema):
    comment = fields.Nested(ReviewCommentOut, required=True)
    version = fields.Integer(required=True)
    score = fields.Float(required=True)
    because = fields.String(required=True)
    reasons = fields.List(fields.Nested(CauseOut), required=True)
    scores = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    suggested_reason = fields.String(required=True, allow_none=True)
    near_key = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "16 hexadecimal digits of the text's words; nearly equal texts differ "
            f"in at most {NEAR} of them. Null for a short text."
        },
    )
    parent = fields.Nested(
        SaidOut,
        required=True,
        allow_none=True,
        metadata={
            "description": f"The answered comment, with at most {PARENT} characters of its text."
        },
    )
    claim = fields.Nested(ClaimOut, required=True, allow_none=True)
    may_decide = fields.Boolean(
        required=True,
        metadata={"description": "False: it was escalated, and you are not a senior on its site."},
    )
    replies_below = fields.Integer(
        required=True,
        metadata={
            "description": "Published comments below it, at any depth; they keep their place when "
            "it is rejected."
        },
    )
    reported = fields.Nested(
        ReportedSummaryOut,
        required=True,
        allow_none=True,
        metadata={"description": "Null: no reports of readers wait for a decision."},
    )


class ReviewThreadOut(Schema):
    above = fields.List(fields.Nested(SaidOut), required=True)
    below = fields.List(fields.Nested(SaidOut), required=True)


class RevisionOut(Schema):
    revision = fields.Integer(required=True)
    text = fields.String(required=True)
    replaced_at = fields.DateTime(required=True)


class ItemWithDecisionsOut(ItemOut):
    decisions = fields.List(fields.Nested(DecisionOut), required=True)
    reports = fields.List(
        fields.Nested(ReportOut),
        required=True,
        metadata={"description": "The newest 100 reports of readers, answered ones included."},
    )
    thread = fields.Nested(ReviewThreadOut, required=True)
    revisions = fields.List(fields.Nested(RevisionOut), required=True)


class AlikeOut(Schema):
    """The comments with nearly the same text, the newest first."""

    held = fields.Integer(required=True)
    approved = fields.Integer(required=True)
    items = fields.List(
        fields.Nested(ItemOut), required=True, metadata={"description": f"At most {MOST_ALIKE}."}
    )
    more = fields.Boolean(
        required=True, metadata={"description": "There may be others: decide these and ask again."}
    )


class LeaseOut(Schema):
    id = fields.UUID(required=True)
    expires_at = fields.DateTime(required=True)


class NextOut(Schema):
    item = fields.Nested(ItemOut, required=True)
    lease = fields.Nested(LeaseOut, required=True)


class QueueOut(Schema):
    items = fields.List(fields.Nested(ItemOut), required=True)
    count = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "At most 1,000, which means that or more; null for a search."},
    )
    next_cursor = fields.String(required=True, allow_none=True)
    searched_to = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={
            "description": "How far a page looked that had to look at comments one by one and is "
            "not the last: it may be short or empty. The next goes on from there."
        },
    )


class QueueCountOut(Schema):
    count = fields.Integer(required=True)
    oldest_at = fields.DateTime(required=True, allow_none=True)


class QueueCountsOut(Schema):
    queues = fields.Dict(keys=fields.String(), values=fields.Nested(QueueCountOut), required=True)
