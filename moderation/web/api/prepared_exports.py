"""Review API: exports that the worker prepares as files, and their download in parts."""

from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from flask import Response, g, request, send_file, url_for

from moderation.domain.export_state import ExportState
from moderation.services.transfer import site_exports
from moderation.services.transfer.exporting import CONTENT_TYPES, ENDINGS, Format
from moderation.services.transfer.snapshot import Scope
from moderation.storage.models.site_exports import SiteExport

from ..auth import reviewer_required, runtime, utcnow
from ..database import db
from ..responses import dumps
from ..schemas.exports import ExportIn, ExportOut, ExportsOut
from .framework import ApiBlueprint
from .places import Place
from .review import TOKEN, named_site

bp = ApiBlueprint(
    "prepared_exports", __name__, url_prefix="/api/v1/review", description="Review API"
)

_EXPORTS = "/sites/<site_name>/exports"
_EXPORT = f"{_EXPORTS}/<uuid:export_id>"
#: Downloads at a time in one process: each holds a thread until it is read.
MOST = 2
_running = BoundedSemaphore(MOST)
_BUSY = f"{MOST} downloads are running already. Try again when one has finished."


@bp.get(_EXPORTS)
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, ExportsOut)
def list_exports(site_name: str) -> Response:
    """List the prepared exports of a site, the newest first, with state and progress."""
    found = site_exports.all_of(db.session(), named_site(site_name), now=utcnow())
    return dumps({"exports": [_shown(each, site_name) for each in found]})


@bp.post(_EXPORTS)
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(ExportIn)
@bp.response(202, ExportOut)
@bp.alt_response(409, description="Too many exports of the site are unfinished or kept.")
@bp.alt_response(507, description="Prepared exports take all the room that is set aside.")
def order_export(given: dict[str, Any], site_name: str) -> Response:
    """Order an export; the worker writes the file, as of one moment."""
    made = site_exports.order(
        db.session(),
        runtime().settings,
        named_site(site_name),
        given["format"],
        Scope(given["since"], tuple(given["posts"])),
        g.reviewer.by,
        now=utcnow(),
    )
    response = dumps(_shown(made, site_name), 202)
    response.location = url_for(
        "prepared_exports.read_export", site_name=site_name, export_id=made.id
    )
    return response


@bp.get(_EXPORT)
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, ExportOut)
def read_export(site_name: str, export_id: UUID) -> Response:
    """Read the state and the progress of an export."""
    found = site_exports.find(db.session(), named_site(site_name), export_id, now=utcnow())
    return dumps(_shown(found, site_name))


@bp.delete(_EXPORT)
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def delete_export(site_name: str, export_id: UUID) -> Response:
    """Delete an export with its file at once; one that is being prepared is stopped."""
    site, settings = named_site(site_name), runtime().settings
    site_exports.discard(db.session(), settings, site, export_id, now=utcnow())
    return Response(status=204)


@bp.get(f"{_EXPORT}/file")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, description="The whole file: JSON lines, XML or CSV.")
@bp.alt_response(206, description="The part that `Range` names.")
@bp.alt_response(409, description="There is no file yet, or this process cannot reach it.")
@bp.alt_response(410, description="The file was deleted.")
@bp.alt_response(416, description="The file has no such part.")
def download_export(site_name: str, export_id: UUID) -> Response:
    """Download an export, or the part of it that `Range` names; `If-Range` is understood."""
    site, now = named_site(site_name), utcnow()
    found = site_exports.find(db.session(), site, export_id, now=now)
    response = _sent(found, site.name)
    if request.method == "GET" and response.status_code in (200, 206):
        whole = response.status_code == 200 or response.content_range.start == 0
        by = g.reviewer.by
        try:
            site_exports.note_download(db.session(), site, export_id, by, whole=whole, now=now)
        except BaseException:
            response.close()
            raise
    return response


def _sent(found: SiteExport, site_name: str) -> Response:
    path, format = site_exports.file_of(runtime().settings, found), Format(found.format)
    place = Place(_running, _BUSY)
    try:
        response = send_file(
            path,
            mimetype=CONTENT_TYPES[format],
            as_attachment=True,
            download_name=f"{site_name}-{found.created_at:%Y-%m-%d}.{ENDINGS[format]}",
            etag=found.sha256,
            conditional=True,
        )
    except BaseException as error:
        place.leave()
        if isinstance(error, FileNotFoundError):
            raise site_exports.elsewhere() from None
        raise
    # The server adds its own.
    response.headers.pop("Date", None)
    # Werkzeug would pass the file to the server alone, which never closes the response.
    response.direct_passthrough = False
    response.call_on_close(place.leave)
    return response


def _shown(found: SiteExport, site_name: str) -> dict[str, Any]:
    problem = {"code": found.error_code, "detail": found.error} if found.error_code else None
    file = url_for("prepared_exports.download_export", site_name=site_name, export_id=found.id)
    return {
        "id": found.id,
        "state": found.state,
        "format": found.format,
        "since": found.since,
        "posts": found.posts,
        "ordered_by": found.actor_name,
        "created_at": found.created_at,
        "done": found.done,
        "total": found.total,
        "size": found.size,
        "sha256": found.sha256,
        "ready_at": found.ready_at,
        "expires_at": found.expires_at,
        "file": file if found.state == ExportState.READY else None,
        "problem": problem,
    }
