"""Review API: decisions on many comments at once."""

from typing import Any
from uuid import UUID

from flask import Response, g

from moderation.services.review import bulk
from moderation.services.review.bulk import Selection
from moderation.services.review.queues import Order

from ..auth import may_review, reviewer_required, utcnow
from ..database import db
from ..responses import dumps
from ..schemas.bulk import BulkIn, BulkOut, PreviewOut, SelectionIn
from .framework import ApiBlueprint
from .review import TOKEN, queue_query, site_ids

bp = ApiBlueprint("bulk", __name__, url_prefix="/api/v1/review", description="Review API")


@bp.post("/bulk/preview")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(SelectionIn)
@bp.response(200, PreviewOut)
def preview_bulk(given: dict[str, Any]) -> Response:
    """Preview a bulk decision: the number of comments and five samples."""
    selection = _selection(given)
    return dumps(bulk.preview(db.session(), selection, g.reviewer.by, now=utcnow()))


@bp.post("/bulk")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(BulkIn)
@bp.response(200, BulkOut)
def decide_bulk(given: dict[str, Any]) -> Response:
    """Decide many comments at once; the response has a result for each, one undo reverts all."""
    decided = bulk.decide(
        db.session(),
        _selection(given),
        given["outcome"],
        g.reviewer.by,
        now=utcnow(),
        reason=given["reason"],
        note=given["note"],
    )
    return dumps(decided)


@bp.delete("/batches/<uuid:batch_id>")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, BulkOut)
def undo_bulk(batch_id: UUID) -> Response:
    """Undo every decision of a batch that is still in effect."""
    for site_id in bulk.sites_of(db.session(), batch_id) or (None,):
        may_review(site_id)
    return dumps(bulk.undo(db.session(), batch_id, g.reviewer.by, now=utcnow()))


def _selection(given: dict[str, Any]) -> Selection:
    if given["ids"] is not None:
        return Selection(ids=tuple(given["ids"]), site_ids=site_ids(None))
    return Selection(query=queue_query(given["query"], Order.OLDEST))
