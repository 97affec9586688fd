"""Moderating on the article itself: only with a sign-on token of a mapped moderator.

Answers are never cached. Every other caller gets the same refusal, with and without held comments.
"""

from uuid import UUID

from flask import Response, g

from moderation.services.accounts.authentication import Reviewer
from moderation.services.comments.posts import check_external_id
from moderation.services.review import article
from moderation.services.review.article import Choice
from moderation.services.sites import registry

from ..auth import article_reviewer, utcnow
from ..database import db
from ..rate_limits import edit_limit, limiter
from ..responses import dumps
from ..schemas.article import ArticleDecisionIn, ArticleDecisionOut, HeldOut
from ..schemas.rules import FeaturedOut
from .framework import ApiBlueprint

bp = ApiBlueprint(
    "article", __name__, url_prefix="/api/v1", description="Moderating on the article"
)
_STAFF: list[dict[str, list[str]]] = [{"signOn": []}]
_PRIVATE = {"Cache-Control": "no-store"}


@bp.get("/sites/<site>/posts/<post:post>/held")
@bp.doc(security=_STAFF)
@bp.response(200, HeldOut)
def list_held(site: str, post: str) -> Response:
    """List a post's held comments for a moderator who is signed in on the site."""
    reviewer = _reviewer(site)
    found = article.held(db.session(), g.site, check_external_id(post), reviewer)
    return dumps(found, headers=_PRIVATE)


@bp.post("/sites/<site>/comments/<uuid:comment_id>/decisions")
@bp.doc(security=_STAFF)
@limiter.limit(edit_limit)
@bp.arguments(ArticleDecisionIn())
@bp.response(200, ArticleDecisionOut)
def decide(choice: Choice, site: str, comment_id: UUID) -> Response:
    """Approve or reject a comment on the article; recorded as in the console."""
    reviewer = _reviewer(site)
    made = article.decide(db.session(), g.site, comment_id, choice, reviewer, now=utcnow())
    return dumps(made, headers=_PRIVATE)


@bp.put("/sites/<site>/comments/<uuid:comment_id>/featured")
@bp.doc(security=_STAFF)
@limiter.limit(edit_limit)
@bp.response(200, FeaturedOut)
def feature(site: str, comment_id: UUID) -> Response:
    """Feature a comment on the article; allowed for seniors and admins."""
    return _feature(site, comment_id, wanted=True)


@bp.delete("/sites/<site>/comments/<uuid:comment_id>/featured")
@bp.doc(security=_STAFF)
@limiter.limit(edit_limit)
@bp.response(200, FeaturedOut)
def unfeature(site: str, comment_id: UUID) -> Response:
    """Stop featuring a comment."""
    return _feature(site, comment_id, wanted=False)


def _feature(site: str, comment_id: UUID, *, wanted: bool) -> Response:
    reviewer = _reviewer(site)
    made = article.feature(db.session(), g.site, comment_id, reviewer, wanted=wanted, now=utcnow())
    return dumps(made, headers=_PRIVATE)


def _reviewer(site: str) -> Reviewer:
    g.site = registry.find(db.session(), site)
    return article_reviewer(g.site)
