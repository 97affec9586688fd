"""The review API for rules: of a site, of a post, and which comments are featured."""

from typing import Any
from uuid import UUID

from flask import Response, g

from moderation.services import featured, post_rules, review, sites
from moderation.services.submission import check_external_id
from moderation.storage import db

from .api import ApiBlueprint, dumps
from .guards import may_review, require_senior, reviewer_required, utcnow
from .review import TOKEN, named_site
from .schemas.rules import (
    FeaturedOut,
    PostRulesChangeIn,
    PostRulesOut,
    SiteRulesIn,
    SiteRulesOut,
)
from .settings import MATCH, expected, tagged

bp = ApiBlueprint("rules", __name__, url_prefix="/api/v1/review", description="Review API")


@bp.get("/sites/<site_name>/rules")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, SiteRulesOut)
def read_site_rules(site_name: str) -> Response:
    """Read the rules of a site and its sections."""
    site = named_site(site_name)
    return tagged(site, sites.rules_view(site))


@bp.patch("/sites/<site_name>/rules")
@bp.doc(security=TOKEN, parameters=[MATCH])
@reviewer_required()
@bp.arguments(SiteRulesIn(partial=True))
@bp.response(200, SiteRulesOut)
@bp.alt_response(412, description="They are not those that If-Match names: read them again.")
def change_site_rules(given: dict[str, Any], site_name: str) -> Response:
    """Change the rules of a site; with If-Match, only if they are as you read them.

    Seniors and admins may.
    """
    site = named_site(site_name)
    require_senior(site.id)
    by = g.reviewer.by
    sites.change(
        db.session(),
        site,
        now=utcnow(),
        settings=given,
        by=by.name,
        actor=by.actor,
        expected=expected(site),
    )
    site = named_site(site_name)
    return tagged(site, sites.rules_view(site))


@bp.get("/sites/<site_name>/posts/<post:post>/rules")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, PostRulesOut)
def read_post_rules(site_name: str, post: str) -> Response:
    """Read what was settled about a post, and what is in effect."""
    site = named_site(site_name)
    return dumps(post_rules.view(db.session(), site, check_external_id(post), now=utcnow()))


@bp.patch("/sites/<site_name>/posts/<post:post>/rules")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(PostRulesChangeIn(partial=True))
@bp.response(200, PostRulesOut)
def change_post_rules(given: dict[str, Any], site_name: str, post: str) -> Response:
    """Open, premoderate or close a post, slow it down, or be stricter; seniors and admins may."""
    site, now = named_site(site_name), utcnow()
    require_senior(site.id)
    name = check_external_id(post)
    post_rules.change(db.session(), site, name, given, g.reviewer.name, now=now)
    return dumps(post_rules.view(db.session(), site, name, now=now))


@bp.put("/comments/<uuid:comment_id>/featured")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, FeaturedOut)
def feature(comment_id: UUID) -> Response:
    """Set a comment apart for readers; seniors and admins may."""
    return _feature(comment_id, wanted=True)


@bp.delete("/comments/<uuid:comment_id>/featured")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, FeaturedOut)
def unfeature(comment_id: UUID) -> Response:
    """Put a featured comment back among the others."""
    return _feature(comment_id, wanted=False)


def _feature(comment_id: UUID, *, wanted: bool) -> Response:
    site_id = review.site_of(db.session(), comment_id)
    may_review(site_id)
    require_senior(site_id)
    made = featured.feature(db.session(), comment_id, g.reviewer.by, featured=wanted, now=utcnow())
    return dumps(made)
