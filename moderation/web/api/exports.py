"""Review API: exports of a site, streamed from one snapshot."""

from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import Any

from flask import Response, current_app, g

from moderation.services.transfer import exporting
from moderation.services.transfer.snapshot import Scope
from moderation.storage.models.sites import Site

from ..auth import reviewer_required, runtime, utcnow
from ..database import db
from ..schemas.exports import ExportIn
from ..state import app_state
from .framework import ApiBlueprint
from .places import Place
from .review import TOKEN, named_site

bp = ApiBlueprint("exports", __name__, url_prefix="/api/v1/review", description="Review API")

#: Exports at a time in one process: each holds a connection and a thread until it is read.
MOST = 2
_running = BoundedSemaphore(MOST)
_BUSY = f"{MOST} exports are running already. Try again when one has finished."


@bp.get("/sites/<site_name>/export")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(ExportIn, location="query")
@bp.response(200, description="The file: JSON lines, XML or CSV, as of one moment.")
def export_site(query: dict[str, Any], site_name: str) -> Response:
    """Export a site: every text and address of it, so that it can be moved to another store."""
    site, format = named_site(site_name), query["format"]
    scope = Scope(query["since"], tuple(query["posts"]))
    exporting.note(db.session(), site, format, scope, g.reviewer.by, now=utcnow())
    place = Place(_running, _BUSY)
    response = Response(
        _parts(site, format, scope, place), content_type=exporting.CONTENT_TYPES[format]
    )
    # Also for a client that goes away before the first byte.
    response.call_on_close(place.leave)
    name = f"{site.name}.{exporting.ENDINGS[format]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _parts(site: Site, format: exporting.Format, scope: Scope, place: Place) -> Iterator[bytes]:
    # Bound here: the request is over when they are read.
    sessions, signing = app_state(current_app).store.sessions, runtime()

    def made() -> Iterator[bytes]:
        try:
            with sessions() as session:
                yield from exporting.export(session, signing, site, format, scope)
        finally:
            place.leave()

    return made()
