"""The review API: queues, claims, decisions and their undoing."""

from typing import Any
from uuid import UUID

from flask import Response, g, request

from moderation.domain.errors import SiteNotFound
from moderation.domain.reasons import Reason
from moderation.services import claims, queues, redaction, replies, review, sites
from moderation.services.queues import Order, Queue, QueueQuery
from moderation.services.threads import Cursor
from moderation.storage import db
from moderation.storage.sites import Site

from .api import ApiBlueprint, conditional, dumps
from .guards import may_review, reviewable_sites, reviewer_required, runtime, utcnow
from .schemas.review import (
    ClaimIn,
    ClaimOut,
    CountsIn,
    DecisionIn,
    DecisionOut,
    ItemWithDecisionsOut,
    NextOut,
    QueueCountsOut,
    QueueIn,
    QueueOut,
    QueueQueryIn,
    RedactionIn,
    ReplyIn,
)

bp = ApiBlueprint("review", __name__, url_prefix="/api/v1/review", description="Review API")
TOKEN: list[dict[str, list[str]]] = [{"token": []}]


@bp.get("/queue")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(QueueQueryIn(), location="query")
@bp.response(200, QueueOut)
def list_queue(query: dict[str, Any]) -> Response:
    """List a queue: what waits and why, or what was decided."""
    page = queues.page(
        db.session(),
        queue_query(query, Order.OLDEST),
        g.reviewer.by,
        now=utcnow(),
        limit=query["limit"],
        cursor=Cursor.decode(query["cursor"]) if query["cursor"] else None,
    )
    return conditional(dumps(page))


@bp.get("/counts")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(CountsIn, location="query")
@bp.response(200, QueueCountsOut)
def count_queues(query: dict[str, Any]) -> Response:
    """Count every queue, and tell since when its oldest comment waits."""
    found = queues.counts(db.session(), site_ids(query["site"]), g.reviewer.by)
    return conditional(dumps({"queues": found}))


@bp.post("/next")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(QueueIn)
@bp.response(200, NextOut)
@bp.alt_response(204, description="Nothing waits that nobody is looking at.")
def claim_next(query: dict[str, Any]) -> Response:
    """Claim the best comment that nobody is looking at; no two callers get the same one."""
    found = _next(query)
    return dumps(found) if found else Response(status=204)


@bp.get("/comments/<uuid:comment_id>")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, ItemWithDecisionsOut)
def read_item(comment_id: UUID) -> Response:
    """Read one comment with its thread, its earlier texts and all its decisions."""
    may_review(review.site_of(db.session(), comment_id))
    return dumps(queues.item(db.session(), comment_id, g.reviewer.by, now=utcnow()))


@bp.post("/comments/<uuid:comment_id>/claim")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(ClaimIn)
@bp.response(200, ClaimOut)
def claim(wish: dict[str, Any], comment_id: UUID) -> Response:
    """Claim a comment, or prolong your claim; 409 with who and until when it is taken."""
    may_review(review.site_of(db.session(), comment_id))
    taken = claims.take(
        db.session(),
        comment_id,
        g.reviewer,
        now=utcnow(),
        steal=wish["steal"],
        note=wish["note"],
    )
    return dumps(taken)


@bp.delete("/comments/<uuid:comment_id>/claim")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(204)
def release_claim(comment_id: UUID) -> Response:
    """Give a comment back; releasing what you do not hold changes nothing."""
    may_review(review.site_of(db.session(), comment_id))
    claims.release(db.session(), comment_id, g.reviewer.by, now=utcnow())
    return Response(status=204)


@bp.post("/comments/<uuid:comment_id>/replies")
@bp.doc(
    security=TOKEN,
    parameters=[{"in": "header", "name": "Idempotency-Key", "schema": {"type": "string"}}],
)
@reviewer_required()
@bp.arguments(ReplyIn())
@bp.response(201, ItemWithDecisionsOut)
def answer_comment(given: dict[str, Any], comment_id: UUID) -> Response:
    """Answer a published comment as staff, under your own name; published at once."""
    may_review(review.site_of(db.session(), comment_id))
    now = utcnow()
    key = request.headers.get("Idempotency-Key", "").strip('"')
    made = replies.answer(
        db.session(), runtime(), g.reviewer, comment_id, given["text"], now=now, key=key
    )
    return dumps(queues.item(db.session(), made, g.reviewer.by, now=now), 201)


@bp.post("/comments/<uuid:comment_id>/decisions")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(DecisionIn())
@bp.response(201, DecisionOut)
def decide(choice: dict[str, Any], comment_id: UUID) -> Response:
    """Approve, reject, mark as spam or escalate; 409 when somebody was faster or is at it."""
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
    answer = review.decision_view(decision)
    if choice["next"] is not None:
        answer["next"] = _next(choice["next"])
    return dumps(answer, 201)


@bp.post("/comments/<uuid:comment_id>/redact")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(RedactionIn)
@bp.response(201, DecisionOut)
def redact(given: dict[str, Any], comment_id: UUID) -> Response:
    """Take personal data out of a text for good; its status stays, and there is no undo."""
    may_review(review.site_of(db.session(), comment_id))
    decision = redaction.redact(
        db.session(),
        comment_id,
        given["spans"],
        g.reviewer.by,
        version=given["version"],
        now=utcnow(),
    )
    return dumps(review.decision_view(decision), 201)


@bp.delete("/decisions/<uuid:decision_id>")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, DecisionOut)
def undo(decision_id: UUID) -> Response:
    """Undo a decision: its comment goes back to where it was."""
    may_review(review.site_of_decision(db.session(), decision_id))
    decision = review.undo(db.session(), decision_id, g.reviewer.by, now=utcnow())
    return dumps(review.decision_view(decision))


def _next(query: dict[str, Any]) -> dict[str, Any] | None:
    wanted = queue_query(query, Order.PRIORITY)
    return queues.next_item(db.session(), wanted, g.reviewer, now=utcnow())


def queue_query(given: dict[str, Any], order: Order) -> QueueQuery:
    """A queue as a client named it; `order` is for those who named none."""
    return QueueQuery(
        queue=given["queue"] or Queue(given["status"] or Queue.HELD),
        site_ids=site_ids(given["site"]),
        post=given["post"],
        code=given["reason"],
        author=given["author"],
        text=given["q"],
        score_from=given["score_from"],
        score_to=given["score_to"],
        before=given["before"],
        after=given["after"],
        order=given["sort"] or order,
    )


def site_ids(name: str | None) -> tuple[int, ...] | None:
    """The sites that a request is about, within what the reviewer may see."""
    return reviewable_sites() if name is None else (named_site(name).id,)


def named_site(name: str) -> Site:
    """The site that a request names; Forbidden unless it is one of the reviewer's."""
    try:
        site = sites.find(db.session(), name)
    except SiteNotFound:
        # Only who may see every site learns which there are.
        may_review(None)
        raise
    may_review(site.id)
    return site
