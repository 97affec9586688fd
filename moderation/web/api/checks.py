"""Review API: a site's own checker, and the secrets of Coral's external phase."""

from typing import Any

from flask import Response, g

from moderation.services.compat import checkers, coral_secrets
from moderation.services.compat.checker_schema import CheckerIn

from ..auth import require_senior, reviewer_required, runtime, utcnow
from ..database import db
from ..responses import dumps
from ..schemas.checks import (
    CheckerOut,
    CheckerPreviewIn,
    CheckerPreviewOut,
    CoralOut,
    CoralSecretIn,
    OldIn,
)
from .framework import ApiBlueprint
from .review import TOKEN, named_site

bp = ApiBlueprint("checks", __name__, url_prefix="/api/v1/review", description="Review API")


@bp.get("/sites/<site_name>/checker")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, CheckerOut)
def read_checker(site_name: str) -> Response:
    """Read a site's own checker and its state, without the secret; seniors and admins."""
    site = named_site(site_name)
    require_senior(site.id)
    return _checker(site_name)


@bp.put("/sites/<site_name>/checker")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(CheckerIn())
@bp.response(200, CheckerOut)
def save_checker(given: dict[str, Any], site_name: str) -> Response:
    """Replace a site's checker; an omitted secret is kept while the origin stays the same."""
    allowed = runtime().settings.allowed_networks
    site, by = named_site(site_name), g.reviewer.by
    checkers.save(db.session(), site, given, allowed=allowed, now=utcnow(), by=by)
    return _checker(site_name)


@bp.delete("/sites/<site_name>/checker")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, CheckerOut)
def remove_checker(site_name: str) -> Response:
    """Remove a site's checker with its secret; comments that wait for it are held."""
    checkers.remove(db.session(), named_site(site_name), now=utcnow(), by=g.reviewer.by)
    return _checker(site_name)


@bp.post("/sites/<site_name>/checker/preview")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(CheckerPreviewIn())
@bp.response(200, CheckerPreviewOut)
def preview_checker(given: dict[str, Any], site_name: str) -> Response:
    """Show the request for a text as it would be sent, the secret masked; sends nothing."""
    site = named_site(site_name)
    return dumps(checkers.preview(db.session(), site, text=given["text"], given=given["checker"]))


@bp.get("/sites/<site_name>/coral")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, CoralOut)
def read_coral(site_name: str) -> Response:
    """Read when the valid secrets of Coral were added; a secret is never shown."""
    return _coral(site_name)


@bp.post("/sites/<site_name>/coral")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(CoralSecretIn())
@bp.response(200, CoralOut)
def add_coral_secret(given: dict[str, Any], site_name: str) -> Response:
    """Add the signing secret that Coral shows; the one before it stays valid."""
    site, by = named_site(site_name), g.reviewer.by
    coral_secrets.add(db.session(), site, given["secret"], now=utcnow(), by=by)
    return _coral(site_name)


@bp.delete("/sites/<site_name>/coral")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(OldIn(), location="query")
@bp.response(200, CoralOut)
def remove_coral_secrets(given: dict[str, Any], site_name: str) -> Response:
    """Remove Coral's secrets, or all except the newest."""
    site, by = named_site(site_name), g.reviewer.by
    coral_secrets.remove(db.session(), site, now=utcnow(), only_old=given["old"], by=by)
    return _coral(site_name)


def _checker(site_name: str) -> Response:
    return dumps(checkers.view(db.session(), named_site(site_name), now=utcnow()))


def _coral(site_name: str) -> Response:
    site = named_site(site_name)
    return dumps({"site": site.name, "secrets": coral_secrets.ages(db.session(), site)})
