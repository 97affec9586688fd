"""The review API: the queue, decisions and their undoing."""

from typing import Any
from uuid import UUID

from flask import Response, g

from moderation.domain.reasons import Reason
from moderation.services import review, sites
from moderation.services.review import QueueQuery
from moderation.services.threads import Cursor, Sort
from moderation.storage import db

from .api import ApiBlueprint, conditional, dumps
from .guards import may_review, reviewer_required, utcnow
from .schemas.review import (
    DecisionIn,
    DecisionOut,
    ItemWithDecisionsOut,
    QueueOut,
    QueueQueryIn,
)

bp = ApiBlueprint("review", __name__, url_prefix="/api/v1/review", description="Review API")
_TOKEN: list[dict[str, list[str]]] = [{"token": []}]


@bp.get("/queue")
@bp.doc(security=_TOKEN)
@reviewer_required()
@bp.arguments(QueueQueryIn(), location="query")
@bp.response(200, QueueOut)
def list_queue(query: dict[str, Any]) -> Response:
    """List comments that wait for a person, with why."""
    found = QueueQuery(
        site_ids=_site_ids(query["site"]),
        status=query["status"],
        code=query["reason"],
        sort=Sort(query["sort"]),
        limit=query["limit"],
        cursor=Cursor.decode(query["cursor"]) if query["cursor"] else None,
    )
    return conditional(dumps(review.queue(db.session(), found)))


@bp.get("/comments/<uuid:comment_id>")
@bp.doc(security=_TOKEN)
@reviewer_required()
@bp.response(200, ItemWithDecisionsOut)
def read_item(comment_id: UUID) -> Response:
    """Read one comment with all its decisions."""
    may_review(review.site_of(db.session(), comment_id))
    return dumps(review.item(db.session(), comment_id))


@bp.post("/comments/<uuid:comment_id>/decisions")
@bp.doc(security=_TOKEN)
@reviewer_required()
@bp.arguments(DecisionIn())
@bp.response(201, DecisionOut)
def decide(choice: dict[str, Any], comment_id: UUID) -> Response:
    """Approve, reject or mark as spam; 409 when somebody was faster."""
    may_review(review.site_of(db.session(), comment_id))
    decision = review.decide(
        db.session(),
        comment_id,
        choice["outcome"],
        g.reviewer.by,
        now=utcnow(),
        reason=Reason(choice["reason"]) if choice["reason"] else None,
        note=choice["note"],
        version=choice["version"],
    )
    return dumps(review.decision_view(decision), 201)


@bp.delete("/decisions/<uuid:decision_id>")
@bp.doc(security=_TOKEN)
@reviewer_required()
@bp.response(200, DecisionOut)
def undo(decision_id: UUID) -> Response:
    """Undo a decision: its comment goes back to where it was."""
    may_review(review.site_of_decision(db.session(), decision_id))
    decision = review.undo(db.session(), decision_id, g.reviewer.by, now=utcnow())
    return dumps(review.decision_view(decision))


def _site_ids(name: str | None) -> tuple[int, ...] | None:
    if name is None:
        return None if g.reviewer.site_id is None else (g.reviewer.site_id,)
    site = sites.find(db.session(), name)
    may_review(site.id)
    return (site.id,)
