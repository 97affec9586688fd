"""Pictures of signed-in authors, from this service's own address."""

from flask import Blueprint, Response

from moderation.domain.errors import NotFound
from moderation.services.comments import avatars
from moderation.services.comments.avatar_images import CONTENT_TYPE

from ..database import db
from ..responses import conditional

bp = Blueprint("avatars", __name__)

#: A picture that was replaced or erased is gone from browsers after an hour.
_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@bp.get("/avatars/<avatar_id>")
def show(avatar_id: str) -> Response:
    """Return a picture; 404 while it is not fetched, or when it was refused."""
    found = avatars.image(db.session(), avatar_id) if avatar_id.isalnum() else None
    if found is None:
        raise NotFound("There is no such picture.")
    response = Response(found, content_type=CONTENT_TYPE, headers=_HEADERS)
    return conditional(response)
