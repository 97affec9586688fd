"""The review API for a site's settings, and for trying what they do."""

from typing import Any

from flask import Response, g, request

from moderation.domain.judgement import Draft
from moderation.services import site_settings, sites
from moderation.storage import db
from moderation.storage.sites import Site

from .api import ApiBlueprint, dumps
from .guards import require_senior, reviewer_required, utcnow
from .review import TOKEN, named_site
from .schemas.settings import SiteChangeIn, SiteOut, TrialIn, TrialOut

bp = ApiBlueprint("settings", __name__, url_prefix="/api/v1/review", description="Review API")
MATCH = {"in": "header", "name": "If-Match", "schema": {"type": "string"}}
#: Word lists of a hundred thousand lines.
LARGEST_BODY = 8 * 1024 * 1024


@bp.before_request
def take_long_lists() -> None:
    if request.method == "PATCH":
        request.max_content_length = LARGEST_BODY


@bp.get("/sites/<site_name>/settings")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, SiteOut)
def read_settings(site_name: str) -> Response:
    """Read all that is set for a site, and the defaults; seniors and admins may."""
    site = named_site(site_name)
    require_senior(site.id)
    return _answer(site)


@bp.patch("/sites/<site_name>/settings")
@bp.doc(security=TOKEN, parameters=[MATCH])
@reviewer_required("admin")
@bp.arguments(SiteChangeIn())
@bp.response(200, SiteOut)
@bp.alt_response(412, description="They are not those that If-Match names: read them again.")
def change_settings(given: dict[str, Any], site_name: str) -> Response:
    """Change what is given of a site; with If-Match, only if it is as you read it."""
    site, by = named_site(site_name), g.reviewer.by
    sites.change(
        db.session(),
        site,
        now=utcnow(),
        by=by.name,
        actor=by.actor,
        expected=expected(site),
        **given,
    )
    return _answer(named_site(site_name))


@bp.post("/sites/<site_name>/trials")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(TrialIn())
@bp.response(200, TrialOut)
def try_text(given: dict[str, Any], site_name: str) -> Response:
    """Judge a text with the settings of a site; nothing is kept of it. For seniors and admins."""
    site = named_site(site_name)
    require_senior(site.id)
    author = given["author"]
    draft = Draft(given["text"], author["name"], author["email"], author["website"])
    return dumps(site_settings.trial(site, draft, now=utcnow()))


def _answer(site: Site) -> Response:
    return tagged(site, site_settings.view(site))


def tagged(site: Site, view: dict[str, Any]) -> Response:
    """Answer with what is set for a site, and the ETag to change it by."""
    return dumps(view, headers={"ETag": f'"{_tag(site)}"'})


def expected(site: Site) -> int | None:
    """The version that the client read, by If-Match; one that cannot be where it is another."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    return site.version if request.if_match.contains(_tag(site)) else 0


def _tag(site: Site) -> str:
    # A site that was removed and added again under its name is another.
    return f"{site.id}-{site.version}"
