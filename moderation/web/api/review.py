"""Review API: queues, claims, decisions and undo."""

from typing import Any
from uuid import UUID

from flask import Response, g, request

from moderation.domain.errors import SiteNotFound
from moderation.services.pagination import Cursor
from moderation.services.review import (
    alike,
    claims,
    decisions,
    queues,
    redaction,
    serializers,
    staff_replies,
)
from moderation.services.review.queues import Order, Queue, QueueQuery
from moderation.services.sites import registry
from moderation.storage.models.sites import Site

from ..auth import (
    may_review,
    may_review_comment,
    reviewable_sites,
    reviewer_required,
    runtime,
    utcnow,
)
from ..database import db
from ..responses import conditional, dumps
from ..schemas.review import (
    AlikeOut,
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
from .framework import ApiBlueprint

bp = ApiBlueprint("review", __name__, url_prefix="/api/v1/review", description="Review API")
TOKEN: list[dict[str, list[str]]] = [{"token": []}]


@bp.get("/queue")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(QueueQueryIn(), location="query")
@bp.response(200, QueueOut)
def list_queue(query: dict[str, Any]) -> Response:
    """List a queue: held comments with the reasons, or decided ones."""
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
    """Count every queue, with the age of its oldest comment."""
    found = queues.counts(db.session(), site_ids(query["site"]), g.reviewer.by)
    return conditional(dumps({"queues": found}))


@bp.post("/next")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(QueueIn)
@bp.response(200, NextOut)
@bp.alt_response(204, description="No unclaimed comment is held.")
def claim_next(query: dict[str, Any]) -> Response:
    """Claim the first unclaimed comment; no two callers get the same one."""
    wanted = queue_query(query, Order.PRIORITY)
    found = queues.next_item(db.session(), wanted, g.reviewer, now=utcnow())
    return dumps(found) if found else Response(status=204)


@bp.get("/comments/<uuid:comment_id>")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, ItemWithDecisionsOut)
def read_item(comment_id: UUID) -> Response:
    """Read one comment with its thread, its earlier texts and all its decisions."""
    may_review_comment(comment_id)
    return dumps(queues.item(db.session(), comment_id, g.reviewer.by, now=utcnow()))


@bp.get("/comments/<uuid:comment_id>/alike")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, AlikeOut)
def list_alike(comment_id: UUID) -> Response:
    """List the waiting and published comments of its site with nearly the same text."""
    may_review_comment(comment_id)
    return dumps(alike.alike(db.session(), comment_id, g.reviewer.by, now=utcnow()))


@bp.post("/comments/<uuid:comment_id>/claim")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(ClaimIn)
@bp.response(200, ClaimOut)
def claim(wish: dict[str, Any], comment_id: UUID) -> Response:
    """Claim a comment or extend your claim; 409 names the current holder and the expiry."""
    may_review_comment(comment_id)
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
    """Release a claim; releasing a comment that you have not claimed changes nothing."""
    may_review_comment(comment_id)
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
    """Reply to a published comment as staff, under your own name; published at once."""
    may_review_comment(comment_id)
    now = utcnow()
    key = request.headers.get("Idempotency-Key", "").strip('"')
    made = staff_replies.reply(
        db.session(), runtime(), g.reviewer, comment_id, given["text"], now=now, key=key
    )
    return dumps(queues.item(db.session(), made, g.reviewer.by, now=now), 201)


@bp.post("/comments/<uuid:comment_id>/decisions")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(DecisionIn())
@bp.response(201, DecisionOut)
def decide(choice: dict[str, Any], comment_id: UUID) -> Response:
    """Approve, reject, mark as spam or escalate; 409 when it is decided or claimed already."""
    may_review_comment(comment_id)
    # Validated before anything is decided.
    following = None if choice["next"] is None else queue_query(choice["next"], Order.PRIORITY)
    if following is not None:
        queues.require_waiting(following)
    decision = decisions.decide(
        db.session(),
        comment_id,
        choice["outcome"],
        g.reviewer.by,
        now=utcnow(),
        reason=choice["reason"],
        note=choice["note"],
        version=choice["version"],
    )
    answer = serializers.decision_view(decision)
    if following is not None:
        answer["next"] = queues.next_item(db.session(), following, g.reviewer, now=utcnow())
    return dumps(answer, 201)


@bp.post("/comments/<uuid:comment_id>/redact")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(RedactionIn)
@bp.response(201, DecisionOut)
def redact(given: dict[str, Any], comment_id: UUID) -> Response:
    """Redact personal data for good; the status does not change, and there is no undo."""
    may_review_comment(comment_id)
    decision = redaction.redact(
        db.session(),
        comment_id,
        given["spans"],
        g.reviewer.by,
        version=given["version"],
        now=utcnow(),
    )
    return dumps(serializers.decision_view(decision), 201)


@bp.delete("/decisions/<uuid:decision_id>")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, DecisionOut)
def undo(decision_id: UUID) -> Response:
    """Undo a decision and restore the comment's previous status."""
    may_review(decisions.site_of_decision(db.session(), decision_id))
    decision = decisions.undo(db.session(), decision_id, g.reviewer.by, now=utcnow())
    return dumps(serializers.decision_view(decision))


def queue_query(given: dict[str, Any], order: Order) -> QueueQuery:
    """Build the queue query of a request; `order` is the default order."""
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
    """Return the ids of the requested sites that the reviewer may see."""
    return reviewable_sites() if name is None else (named_site(name).id,)


def named_site(name: str) -> Site:
    """Return the requested site; raise Forbidden unless the reviewer may see it."""
    try:
        site = registry.find(db.session(), name)
    except SiteNotFound:
        # Only a reviewer of every site may learn which sites exist.
        may_review(None)
        raise
    may_review(site.id)
    return site
