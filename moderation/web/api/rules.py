"""Review API: rules of sites and posts, and featured comments."""

from typing import Any
from uuid import UUID

from flask import Response, g

from moderation.services.comments.posts import check_external_id
from moderation.services.review import featured
from moderation.services.sites import changes, post_rules, registry

from ..auth import may_review_comment, require_senior, reviewer_required, utcnow
from ..database import db
from ..responses import dumps
from ..schemas.rules import FeaturedOut, PostRulesChangeIn, PostRulesOut, SiteRulesIn, SiteRulesOut
from .framework import ApiBlueprint
from .review import TOKEN, named_site
from .site_settings import MATCH, expected, tagged

bp = ApiBlueprint("rules", __name__, url_prefix="/api/v1/review", description="Review API")


@bp.get("/sites/<site_name>/rules")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, SiteRulesOut)
def read_site_rules(site_name: str) -> Response:
    """Read the rules of a site and its sections."""
    site = named_site(site_name)
    return tagged(site, registry.rules_view(site))


@bp.patch("/sites/<site_name>/rules")
@bp.doc(security=TOKEN, parameters=[MATCH])
@reviewer_required()
@bp.arguments(SiteRulesIn(partial=True))
@bp.response(200, SiteRulesOut)
@bp.alt_response(412, description="They changed since the version in If-Match: read them again.")
def change_site_rules(given: dict[str, Any], site_name: str) -> Response:
    """Change the rules of a site; with If-Match, only if they have not changed since.

    Allowed for seniors and admins.
    """
    site = named_site(site_name)
    require_senior(site.id)
    by = g.reviewer.by
    changes.change(
        db.session(),
        site,
        now=utcnow(),
        settings=given,
        by=by.name,
        actor=by.actor,
        expected=expected(site),
    )
    site = named_site(site_name)
    return tagged(site, registry.rules_view(site))


@bp.get("/sites/<site_name>/posts/<post:post>/rules")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, PostRulesOut)
def read_post_rules(site_name: str, post: str) -> Response:
    """Read the rules set for a post, and the rules in effect."""
    site = named_site(site_name)
    return dumps(post_rules.view(db.session(), site, check_external_id(post), now=utcnow()))


@bp.patch("/sites/<site_name>/posts/<post:post>/rules")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(PostRulesChangeIn(partial=True))
@bp.response(200, PostRulesOut)
def change_post_rules(given: dict[str, Any], site_name: str, post: str) -> Response:
    """Change a post's rules: state, slow mode, thresholds; allowed for seniors and admins."""
    site, now = named_site(site_name), utcnow()
    require_senior(site.id)
    name = check_external_id(post)
    return dumps(post_rules.change(db.session(), site, name, given, g.reviewer.name, now=now))


@bp.put("/comments/<uuid:comment_id>/featured")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, FeaturedOut)
def feature(comment_id: UUID) -> Response:
    """Feature a comment; allowed for seniors and admins."""
    return _feature(comment_id, wanted=True)


@bp.delete("/comments/<uuid:comment_id>/featured")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, FeaturedOut)
def unfeature(comment_id: UUID) -> Response:
    """Stop featuring a comment."""
    return _feature(comment_id, wanted=False)


def _feature(comment_id: UUID, *, wanted: bool) -> Response:
    site_id = may_review_comment(comment_id)
    require_senior(site_id)
    made = featured.feature(db.session(), comment_id, g.reviewer.by, featured=wanted, now=utcnow())
    return dumps(made)
