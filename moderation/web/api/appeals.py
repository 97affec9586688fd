"""Appeals: authors make them, moderators decide about them; and the reasons of decisions."""

from typing import Any
from uuid import UUID

from flask import Response, g, request

from moderation.services.community import appeals as community
from moderation.services.pagination import Cursor
from moderation.services.review import appeals
from moderation.services.review.appeals import AppealChoice
from moderation.services.sites import reasons, registry

from ..auth import may_review, proof, reviewer_required, runtime, utcnow
from ..database import db
from ..http import reader_language
from ..rate_limits import edit_limit, limiter
from ..responses import conditional, dumps
from ..schemas.appeals import (
    AppealDecisionIn,
    AppealedOut,
    AppealIn,
    AppealOut,
    AppealsOut,
    AppealsQuery,
    ReasonsQuery,
    SiteReasonsOut,
)
from .framework import ApiBlueprint
from .review import TOKEN, named_site, site_ids

bp = ApiBlueprint("appeals", __name__, url_prefix="/api/v1", description="Public API")
review_bp = ApiBlueprint(
    "appeal_review", __name__, url_prefix="/api/v1/review", description="Review API"
)


@bp.post("/sites/<site>/comments/<uuid:comment_id>/appeals")
@bp.doc(security=[{"editToken": []}, {"signOn": []}])
@limiter.limit(edit_limit)
@bp.arguments(AppealIn())
@bp.response(202, AppealedOut)
def appeal(given: dict[str, Any], site: str, comment_id: UUID) -> Response:
    """Ask for a review of the decision against your own comment; once for each decision."""
    g.site = registry.find(db.session(), site)
    language = reader_language(request, g.site.settings)
    proven = proof(comment_id)
    made = community.appeal(
        db.session(),
        runtime(),
        g.site,
        comment_id,
        proven,
        given["text"],
        language,
        now=utcnow(),
    )
    answer = {"appealed": True, "created_at": made.created_at}
    return dumps(answer, 202, {"Cache-Control": "no-store"})


@review_bp.get("/appeals")
@review_bp.doc(security=TOKEN)
@reviewer_required()
@review_bp.arguments(AppealsQuery(), location="query")
@review_bp.response(200, AppealsOut)
def list_appeals(query: dict[str, Any]) -> Response:
    """List appeals with the comment, the decision and who made it."""
    page = appeals.page(
        db.session(),
        site_ids(query["site"]),
        g.reviewer.by,
        now=utcnow(),
        pending=query["state"] == "pending",
        limit=query["limit"],
        cursor=Cursor.decode(query["cursor"]) if query["cursor"] else None,
    )
    return conditional(dumps(page))


@review_bp.get("/appeals/<uuid:appeal_id>")
@review_bp.doc(security=TOKEN)
@reviewer_required()
@review_bp.response(200, AppealOut)
def read_appeal(appeal_id: UUID) -> Response:
    """Read one appeal."""
    may_review(appeals.site_of(db.session(), appeal_id))
    return dumps(appeals.read(db.session(), appeal_id, g.reviewer.by, now=utcnow()))


@review_bp.post("/appeals/<uuid:appeal_id>/decisions")
@review_bp.doc(security=TOKEN)
@reviewer_required()
@review_bp.arguments(AppealDecisionIn())
@review_bp.response(201, AppealOut)
def decide(given: dict[str, Any], appeal_id: UUID) -> Response:
    """Uphold or overturn a decision; 403 where another moderator has to decide."""
    may_review(appeals.site_of(db.session(), appeal_id))
    choice = AppealChoice(given["outcome"], given["note"], given["answer"], given["lift_ban"])
    decided = appeals.decide(db.session(), appeal_id, choice, g.reviewer.by, now=utcnow())
    return dumps(decided, 201)


@review_bp.get("/sites/<site_name>/reasons")
@review_bp.doc(security=TOKEN)
@reviewer_required()
@review_bp.arguments(ReasonsQuery(), location="query")
@review_bp.response(200, SiteReasonsOut)
def list_reasons(query: dict[str, Any], site_name: str) -> Response:
    """List the reasons that moderators of a site choose from; its settings change them."""
    settings = named_site(site_name).settings
    language = reasons.known_language(query["lang"] or settings.get("page_language", "en"))
    listed = [
        {
            "code": each.code,
            "label": each.label,
            "kind": each.kind,
            "sentence": reasons.public_sentence(settings, each.code, language),
        }
        for each in reasons.reasons_of(settings)
    ]
    return conditional(
        dumps(
            {
                "reasons": listed,
                "own": bool(settings.get("reasons")),
                "language": language,
                "sentences": {
                    each.code: reasons.public_sentence({}, each.code, language)
                    for each in reasons.reasons_of({})
                },
            }
        )
    )
