"""Review API: a site's keys for clients of Perspective, Akismet, OpenAI and Coral."""

from typing import Any

from flask import Response, g

from moderation.services.compat import keys

from ..auth import require_recent_password, require_senior, reviewer_required, utcnow
from ..database import db
from ..responses import dumps
from ..schemas.keys import KeyIn, KeysOut, NewKeyOut
from .framework import ApiBlueprint
from .review import TOKEN, named_site

bp = ApiBlueprint("keys", __name__, url_prefix="/api/v1/review", description="Review API")


@bp.get("/sites/<site_name>/keys")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, KeysOut)
def list_keys(site_name: str) -> Response:
    """List a site's keys by their last four characters; seniors and admins."""
    site = named_site(site_name)
    require_senior(site.id)
    return dumps({"keys": keys.listed(db.session(), site)})


@bp.post("/sites/<site_name>/keys")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(KeyIn())
@bp.response(201, NewKeyOut)
def add_key(given: dict[str, Any], site_name: str) -> Response:
    """Add a key; only this response contains it. The one before it stays valid."""
    site = named_site(site_name)
    require_recent_password()
    service = keys.Service(given["service"])
    key = keys.make(db.session(), site, service, now=utcnow(), by=g.reviewer.by, short=True)
    return dumps({"service": service.value, "key": key}, 201)


@bp.delete("/sites/<site_name>/keys/<int(max=2147483647):key_id>")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def remove_key(site_name: str, key_id: int) -> Response:
    """Revoke a key, effective at once."""
    site = named_site(site_name)
    keys.remove(db.session(), site, key_id, now=utcnow(), by=g.reviewer.by)
    return Response(status=204)
