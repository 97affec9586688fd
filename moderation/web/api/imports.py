"""Review API: the import of a site from the console, from the upload to the report."""

from collections.abc import Iterator
from typing import Any, BinaryIO
from uuid import UUID

from flask import Response, g, request

from moderation.domain.import_errors import ImportState
from moderation.services.transfer import site_imports, uploads
from moderation.services.transfer.site_imports import RUNNING, Choices
from moderation.storage.models.site_imports import SiteImport

from ..auth import reviewer_required, runtime, utcnow
from ..database import db
from ..errors import UnsupportedMediaType
from ..responses import dumps
from ..schemas.imports import ChoicesIn, ImportOut, PartQuery, SiteImportOut, StartIn, UploadIn
from .framework import ApiBlueprint
from .review import TOKEN, named_site

bp = ApiBlueprint("imports", __name__, url_prefix="/api/v1/review", description="Review API")

_IMPORT = "/sites/<site_name>/import"
#: Enough for the longest map of addresses, each character of which JSON may escape.
_LARGEST_BODY = 8 << 20
_BYTES = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@bp.before_request
def take_parts() -> None:
    """Allow the larger bodies that parts of files and maps need."""
    if request.endpoint == "imports.add_part":
        request.max_content_length = uploads.LARGEST_PART
    elif request.endpoint == "imports.check_import":
        request.max_content_length = _LARGEST_BODY


@bp.get(_IMPORT)
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, SiteImportOut)
def read_import(site_name: str) -> Response:
    """Read the import of a site: its step, its progress, and what was found and stored."""
    found = site_imports.current(db.session(), named_site(site_name))
    bounds = {
        "largest_file": runtime().settings.import_bytes,
        "largest_part": uploads.LARGEST_PART,
    }
    return dumps({"import": _shown(found) if found else None, **bounds})


@bp.post(_IMPORT)
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(UploadIn)
@bp.response(201, ImportOut)
@bp.alt_response(409, description="The site has an import already.")
@bp.alt_response(413, description="The file is larger than the operator allows.")
@bp.alt_response(507, description="The disk has no room for the file.")
def begin_import(given: dict[str, Any], site_name: str) -> Response:
    """Begin the upload of a file; its parts follow."""
    made = site_imports.begin(
        db.session(),
        runtime().settings,
        named_site(site_name),
        given["size"],
        g.reviewer.by,
        now=utcnow(),
    )
    return _answer(made, 201)


@bp.put(f"{_IMPORT}/file")
@bp.doc(security=TOKEN, **_BYTES)
@reviewer_required("admin")
@bp.arguments(PartQuery, location="query")
@bp.response(200, ImportOut)
@bp.alt_response(409, description="The part begins elsewhere than the last one ended.")
@bp.alt_response(413, description="The part is larger than `largest_part`.")
def add_part(query: dict[str, Any], site_name: str) -> Response:
    """Upload the next part of the file, as application/octet-stream; a repetition is harmless."""
    site = named_site(site_name)
    if request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType(
            "Send the part of the file with Content-Type: application/octet-stream."
        )
    part = request.get_data(cache=False)
    settings, now = runtime().settings, utcnow()
    found = site_imports.add_part(db.session(), settings, site, query["offset"], part, now=now)
    return _answer(found)


@bp.post(f"{_IMPORT}/check")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(ChoicesIn)
@bp.response(202, ImportOut)
@bp.alt_response(409, description="The upload is not complete, or the import is running.")
def check_import(choices: Choices, site_name: str) -> Response:
    """Start a dry run of the uploaded file, which stores nothing; the worker runs it."""
    site, by = named_site(site_name), g.reviewer.by
    return _answer(site_imports.check(db.session(), site, choices, by, now=utcnow()), 202)


@bp.post(f"{_IMPORT}/run")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(StartIn)
@bp.response(202, ImportOut)
@bp.alt_response(409, description="No dry run of this file has finished.")
def start_import(given: dict[str, Any], site_name: str) -> Response:
    """Start the import that the dry run has shown, or go on with a cancelled one."""
    site, by = named_site(site_name), g.reviewer.by
    return _answer(site_imports.start(db.session(), site, given["sha256"], by, now=utcnow()), 202)


@bp.delete(f"{_IMPORT}/run")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, ImportOut)
@bp.alt_response(409, description="Nothing is running.")
def cancel_import(site_name: str) -> Response:
    """Stop the dry run or the import; what is stored stays, and the import can go on."""
    site, by = named_site(site_name), g.reviewer.by
    return _answer(site_imports.cancel(db.session(), site, by, now=utcnow()))


@bp.delete(_IMPORT)
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
@bp.alt_response(409, description="The import is running.")
def discard_import(site_name: str) -> Response:
    """Remove the uploaded file, or the result and its report; nothing to remove is no error."""
    site_imports.discard(db.session(), runtime().settings, named_site(site_name))
    return Response(status=204)


@bp.get(f"{_IMPORT}/report")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.alt_response(409, description="No dry run has finished yet.")
@bp.response(200, description="Plan, result, and every note with its place and reason, as JSON.")
def read_report(site_name: str) -> Response:
    """Download the report of the last dry run or import."""
    site = named_site(site_name)
    found = site_imports.current(db.session(), site)
    path = uploads.report_of(runtime().settings, found.id if found else UUID(int=0))
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise ImportState(
            "There is no report yet. It comes with the dry run, but not with an export of ours."
        ) from None
    # Streamed: a hundred thousand notes have some twenty megabytes.
    response = Response(_read(file), content_type="application/json")
    # Also for a client that goes away before the first byte.
    response.call_on_close(file.close)
    name = f"{site.name}-import.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _read(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(1 << 16):
            yield part


def _answer(found: SiteImport, status: int = 200) -> Response:
    return dumps(_shown(found), status)


def _shown(found: SiteImport) -> dict[str, Any]:
    problem = {"code": found.error_code, "detail": found.error} if found.error_code else None
    return {
        "state": found.state,
        "size": found.size,
        "received": found.received,
        "options": found.options,
        "sha256": found.sha256,
        "is_waiting": found.state in RUNNING and not found.holder,
        "stage": found.stage,
        "done": found.done,
        "total": found.total,
        "found": found.found,
        "tally": found.tally,
        "has_report": uploads.report_of(runtime().settings, found.id).exists(),
        "problem": problem,
        "started_by": found.actor_name,
        "created_at": found.created_at,
        "touched_at": found.touched_at,
    }
