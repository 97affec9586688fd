"""The review API beyond single comments: authors, batches, figures and the audit trail."""

from typing import Any
from uuid import UUID

from flask import Response, g, stream_with_context

from moderation.domain.reasons import Reason
from moderation.services import audit, author_history, authors, bulk, metrics
from moderation.services.audit import AuditQuery
from moderation.services.author_history import HistoryQuery
from moderation.services.bulk import Selection
from moderation.services.queues import Order
from moderation.services.threads import Cursor
from moderation.storage import db

from . import audit_files
from .api import ApiBlueprint, conditional, dumps
from .guards import may_review, reviewer_required, utcnow
from .review import TOKEN, named_site, queue_query, site_ids
from .schemas.desk import (
    AuditExportIn,
    AuditOut,
    AuditPageIn,
    AuthorCardOut,
    BanIn,
    BannedOut,
    BulkIn,
    BulkOut,
    HistoryIn,
    HistoryOut,
    MetricsOut,
    NoteIn,
    PreviewOut,
    SelectionIn,
    StandingIn,
)
from .schemas.review import CountsIn

bp = ApiBlueprint("desk", __name__, url_prefix="/api/v1/review", description="Review API")
_AUTHOR = "/sites/<site_name>/authors/<string:key>"


@bp.get(_AUTHOR)
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, AuthorCardOut)
def read_author(site_name: str, key: str) -> Response:
    """Read who an author has been here: counts, approval rate, notes, latest comments."""
    return dumps(authors.card(db.session(), named_site(site_name), key, now=utcnow()))


@bp.get(f"{_AUTHOR}/comments")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(HistoryIn, location="query")
@bp.response(200, HistoryOut)
def list_history(query: dict[str, Any], site_name: str, key: str) -> Response:
    """List what an author has written here, the newest first, whatever became of it."""
    found = author_history.history(
        db.session(),
        named_site(site_name),
        key,
        HistoryQuery(
            status=query["status"],
            post=query["post"],
            code=query["reason"],
            text=query["q"],
            before=query["before"],
            after=query["after"],
        ),
        g.reviewer.by,
        now=utcnow(),
        limit=query["limit"],
        cursor=Cursor.decode(query["cursor"]) if query["cursor"] else None,
    )
    return dumps(found)


@bp.post(f"{_AUTHOR}/notes")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(NoteIn)
@bp.response(201, AuthorCardOut)
def note_author(given: dict[str, Any], site_name: str, key: str) -> Response:
    """Leave a note about an author for the other moderators."""
    site, now = named_site(site_name), utcnow()
    authors.add_note(db.session(), site, key, given["text"], g.reviewer.by, now=now)
    return dumps(authors.card(db.session(), site, key, now=now), 201)


@bp.put(f"{_AUTHOR}/standing")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(StandingIn)
@bp.response(200, AuthorCardOut)
def set_standing(given: dict[str, Any], site_name: str, key: str) -> Response:
    """Trust an author, hold all that they write, or neither."""
    site, now = named_site(site_name), utcnow()
    authors.set_standing(db.session(), site, key, given["standing"], g.reviewer.by, now=now)
    return dumps(authors.card(db.session(), site, key, now=now))


@bp.put(f"{_AUTHOR}/ban")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(BanIn)
@bp.response(200, BannedOut)
def ban_author(given: dict[str, Any], site_name: str, key: str) -> Response:
    """Refuse what an author sends, for good or until a moment; also reject what waits."""
    site, now = named_site(site_name), utcnow()
    batch = authors.ban(db.session(), site, key, g.reviewer.by, now=now, **given)
    return dumps({**authors.card(db.session(), site, key, now=now), "batch": batch})


@bp.delete(f"{_AUTHOR}/ban")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, AuthorCardOut)
def lift_ban(site_name: str, key: str) -> Response:
    """Let an author write again."""
    site, now = named_site(site_name), utcnow()
    authors.lift_ban(db.session(), site, key, g.reviewer.by, now=now)
    return dumps(authors.card(db.session(), site, key, now=now))


@bp.post("/bulk/preview")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(SelectionIn)
@bp.response(200, PreviewOut)
def preview_bulk(given: dict[str, Any]) -> Response:
    """Count what a decision would be about, and see five of it first."""
    selection = _selection(given)
    return dumps(bulk.preview(db.session(), selection, g.reviewer.by, now=utcnow()))


@bp.post("/bulk")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(BulkIn)
@bp.response(200, BulkOut)
def decide_bulk(given: dict[str, Any]) -> Response:
    """Decide many comments at once; answers for each, and can be undone as one."""
    decided = bulk.decide(
        db.session(),
        _selection(given),
        given["outcome"],
        g.reviewer.by,
        now=utcnow(),
        reason=Reason(given["reason"]) if given["reason"] else None,
        note=given["note"],
    )
    return dumps(decided)


@bp.delete("/batches/<uuid:batch_id>")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, BulkOut)
def undo_bulk(batch_id: UUID) -> Response:
    """Undo every decision of a batch that still stands."""
    for site_id in bulk.sites_of(db.session(), batch_id) or (None,):
        may_review(site_id)
    return dumps(bulk.undo(db.session(), batch_id, g.reviewer.by, now=utcnow()))


@bp.get("/metrics")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(CountsIn, location="query")
@bp.response(200, MetricsOut)
def read_metrics(query: dict[str, Any]) -> Response:
    """Read how much waits, how long, and how often rules are overturned."""
    return conditional(dumps(metrics.summary(db.session(), site_ids(query["site"]), now=utcnow())))


@bp.get("/audit")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(AuditPageIn, location="query")
@bp.response(200, AuditOut)
def search_audit(query: dict[str, Any]) -> Response:
    """Search who did what when; never the text of a comment."""
    page = audit.search(
        db.session(), _audit_query(query), limit=query["limit"], before_id=query["before_id"]
    )
    return dumps({"entries": page.entries, "next_before_id": page.next_id})


@bp.get("/audit/export")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(AuditExportIn, location="query")
@bp.response(200, description="One JSON object or one row of CSV a line, the oldest first.")
def export_audit(query: dict[str, Any]) -> Response:
    """Export the audit trail, or what a search finds, as lines of JSON or as CSV."""
    kind = query["format"]
    entries = audit.export(db.session(), _audit_query(query))
    return Response(
        stream_with_context(audit_files.AS[kind](entries)),
        content_type=audit_files.CONTENT_TYPES[kind],
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
    )


def _selection(given: dict[str, Any]) -> Selection:
    if given["ids"] is not None:
        return Selection(ids=tuple(given["ids"]), site_ids=site_ids(None))
    return Selection(query=queue_query(given["query"], Order.OLDEST))
