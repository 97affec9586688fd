"""Public API: reports of comments by readers, their reasons and their outcomes."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response, g, request

from moderation.domain.errors import Unauthenticated
from moderation.services.community import report_reasons, reports
from moderation.services.community.reports import Report, Reporter
from moderation.services.sites import registry

from ..auth import runtime, signed_in, utcnow
from ..client_address import client_address
from ..database import db
from ..http import FRESH
from ..rate_limits import limiter, report_limit, require_room
from ..responses import conditional, dumps
from ..schemas.reports import (
    OwnReportsOut,
    ReasonsQuery,
    ReportedOut,
    ReportIn,
    ReportReasonsOut,
)
from .framework import ApiBlueprint

bp = ApiBlueprint("reports", __name__, url_prefix="/api/v1", description="Public API")

_PRIVATE = {"Cache-Control": "no-store"}
_ANYONE: list[dict[str, list[str]]] = [{}, {"signOn": []}]
_MEMBERS: list[dict[str, list[str]]] = [{"signOn": []}]


@bp.get("/sites/<site>/report-reasons")
@bp.arguments(ReasonsQuery, location="query")
@bp.response(200, ReportReasonsOut)
def list_report_reasons(query: dict[str, Any], site: str) -> Response:
    """List the reasons for reports in a language, with the fields that each needs."""
    g.site = registry.find(db.session(), site)
    listed = report_reasons.reasons(g.site.settings, query["lang"])
    page = {
        "reasons": listed if reports.is_open(g.site) else [],
        "outcome_by_mail": bool(runtime().settings.smtp_url),
    }
    return conditional(dumps(page, headers=dict(FRESH)))


@bp.post("/sites/<site>/comments/<uuid:comment_id>/reports")
@bp.doc(security=_ANYONE)
@limiter.limit(report_limit)
@bp.arguments(ReportIn())
@bp.response(202, ReportedOut)
def report_comment(report: Report, site: str, comment_id: UUID) -> Response:
    """Report a published comment to the moderators; a second report changes nothing."""
    g.site = registry.find(db.session(), site)
    reporter = Reporter(signed_in(g.site), client_address())
    require_room(site, f"reports {reports.post_of(db.session(), g.site, comment_id)}")
    if not report.language:
        # Browsers send the reader's languages, the preferred one first.
        preferred = request.accept_languages.best or ""
        report = replace(report, language=preferred[:35])
    reports.submit(db.session(), runtime(), g.site, comment_id, report, reporter, now=utcnow())
    return dumps({"reported": True}, 202, _PRIVATE)


@bp.get("/sites/<site>/reports")
@bp.doc(security=_MEMBERS)
@bp.response(200, OwnReportsOut)
def list_own_reports(site: str) -> Response:
    """List the signed-in reader's newest reports with their outcomes."""
    g.site = registry.find(db.session(), site)
    member = signed_in(g.site)
    if member is None:
        raise Unauthenticated("Send the sign-on token of the reader: Authorization: Bearer …")
    listed = reports.own(db.session(), runtime(), g.site, member)
    return dumps({"reports": listed}, headers=_PRIVATE)
