"""Review API: the audit trail."""

from typing import Any

from flask import Response, stream_with_context

from moderation.services import audit
from moderation.services.audit import AuditQuery

from ..auth import reviewer_required
from ..database import db
from ..responses import dumps
from ..schemas.audit import AuditExportIn, AuditOut, AuditPageIn
from . import audit_export
from .framework import ApiBlueprint
from .review import TOKEN, site_ids

bp = ApiBlueprint("audit", __name__, url_prefix="/api/v1/review", description="Review API")


@bp.get("/audit")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(AuditPageIn, location="query")
@bp.response(200, AuditOut)
def search_audit(query: dict[str, Any]) -> Response:
    """Search the audit trail; entries never contain the text of a comment."""
    page = audit.search(
        db.session(), _audit_query(query), limit=query["limit"], before_id=query["before_id"]
    )
    return dumps({"entries": page.entries, "next_before_id": page.next_id})


@bp.get("/audit/export")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(AuditExportIn, location="query")
@bp.response(200, description="One JSON object or one CSV row per line, oldest first.")
def export_audit(query: dict[str, Any]) -> Response:
    """Export the audit trail, or the result of a search, as JSON lines or CSV."""
    kind = query["format"]
    entries = audit.export(db.session(), _audit_query(query))
    return Response(
        stream_with_context(audit_export.AS[kind](entries)),
        content_type=audit_export.CONTENT_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="audit.{kind}"'},
    )


def _audit_query(given: dict[str, Any]) -> AuditQuery:
    return AuditQuery(
        action=given["action"],
        actor_name=given["actor"],
        subject=given["subject"],
        since=given["since"],
        until=given["until"],
        site_ids=site_ids(given["site"]),
        claims=given["claims"],
    )
