"""Schemas of readers' reports."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from moderation.domain.reports import ReportOutcome
from moderation.services.community.reports import Report
from moderation.services.text_fields import Name, Paragraphs, Sought

from .common import Mailbox
from .review import ReviewPostOut

#: Characters of a report's text, and of the explanation in a legal notice.
LONGEST_TEXT = 2000
LONGEST_EXPLANATION = 5000


class ReasonsQuery(Schema):
    lang = Sought(load_default="", validate=validate.Length(max=35))


class ReportReasonOut(Schema):
    code = fields.String(required=True)
    label = fields.String(required=True)
    needs = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Fields that a report with this reason must have."},
    )


class ReportReasonsOut(Schema):
    reasons = fields.List(
        fields.Nested(ReportReasonOut),
        required=True,
        metadata={"description": "Empty: the site takes no reports."},
    )
    outcome_by_mail = fields.Boolean(
        required=True,
        metadata={"description": "Whether mail is sent: receipts of legal notices, and outcomes."},
    )


class ReportIn(Schema):
    reason = Sought(required=True, validate=validate.Length(1, 32))
    text = Paragraphs(
        blank=True, load_default="", allow_none=True, validate=validate.Length(max=LONGEST_TEXT)
    )
    explanation = Paragraphs(
        load_default="",
        allow_none=True,
        validate=validate.Length(max=LONGEST_EXPLANATION),
        metadata={"description": "Why the comment is illegal; for legal notices."},
    )
    name = Name(load_default="", allow_none=True, validate=validate.Length(max=80))
    email = Mailbox(
        load_default="",
        allow_none=True,
        validate=validate.Length(max=254),
        metadata={
            "description": "Where to send the outcome; for legal notices the receipt as well."
        },
    )
    good_faith = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    lang = Sought(
        load_default="",
        allow_none=True,
        validate=validate.Length(max=35),
        metadata={"description": "Language of the outcome's mail; else the request's."},
    )

    @post_load
    def to_report(self, loaded: dict[str, Any], **_: Any) -> Report:
        return Report(
            reason=loaded["reason"],
            text=loaded["text"] or "",
            explanation=loaded["explanation"] or "",
            name=loaded["name"] or "",
            email=loaded["email"] or "",
            good_faith=loaded["good_faith"],
            language=loaded["lang"] or "",
        )


class ReportedOut(Schema):
    reported = fields.Boolean(required=True)


class OwnReportOut(Schema):
    comment_id = fields.UUID(required=True)
    post = fields.Nested(ReviewPostOut, required=True)
    reason = fields.String(required=True)
    outcome = fields.String(
        required=True, validate=validate.OneOf(["pending", *(each.value for each in ReportOutcome)])
    )
    created_at = fields.DateTime(required=True)
    decided_at = fields.DateTime(required=True, allow_none=True)


class OwnReportsOut(Schema):
    reports = fields.List(fields.Nested(OwnReportOut), required=True)
