"""Pages and files: health, the API's documentation, the widget."""

from functools import cache
from importlib import resources
from pathlib import Path

from flask import Blueprint, Response, abort, render_template

from moderation.storage import db
from moderation.storage.schema import require_schema

from . import widget_files
from .api import dumps
from .files import Folder, Packed, send
from .guards import runtime
from .http import etag_of

bp = Blueprint("pages", __name__, template_folder="templates")


@bp.get("/healthz")
def health() -> Response:
    """Return 200 while the service can use its store: it answers, and has the tables needed."""
    require_schema(db.session())
    return dumps({"status": "ok"}, headers={"Cache-Control": "no-store"})


@bp.get("/")
def home() -> Response:
    """Say what this is; there is nothing for readers at the root."""
    return Response(render_template("home.html"), headers={"Content-Security-Policy": _CSP})


_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@bp.get("/api/v1/docs")
def api_docs() -> Response:
    """The API, readable; nothing is fetched from another host."""
    return Response(render_template("docs.html"), headers={"Content-Security-Policy": _CSP})


@bp.get("/api/v1/docs/assets/<name>")
def api_docs_asset(name: str) -> Response:
    if name in ("docs.js", "docs.css"):
        return _STATIC.send(name, _AN_HOUR)
    if name not in ("swagger-ui.css", "swagger-ui-bundle.js"):
        abort(404)
    return _swagger().send(name, _AN_HOUR)


_STATIC = Folder(Path(__file__).parent / "static")
_AN_HOUR = "public, max-age=3600"


@cache
def _swagger() -> Folder:
    folder = resources.files("swagger_ui_bundle") / "vendor"
    return Folder(next(p for p in Path(str(folder)).iterdir() if p.is_dir()))


@bp.get("/widget/<path:name>")
def widget_file(name: str) -> Response:
    """A file of the widget, for pages of any origin: it holds nothing of anybody.

    The stable address is asked for again after five minutes; the one with the hash never.
    """
    script = widget_files.script_of(name)
    found = widget_files.file(script or name)
    if found is None:
        abort(404)
    ((_, cache_control), *others) = widget_files.headers(pinned=script is not None)
    packed = Packed(found.body, found.content_type, etag_of(found.body), dict(found.packed))
    response = send(packed, cache_control)
    response.headers.update(dict(others))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/widget/release.json")
def widget_release() -> Response:
    """The pinned addresses of this release, with the hashes for their integrity attribute.

    Without a public address they are relative to this one: the Host of a request is anything
    that a client likes, and behind a proxy its scheme is wrong.
    """
    root = runtime().settings.public_url
    scripts = {
        script: {
            "src": f"{root}/widget/{widget_files.pinned_name(script)}",
            "integrity": widget_files.integrity(script),
        }
        for script in widget_files.SCRIPTS
    }
    response = dumps(scripts, headers={"Cache-Control": "no-cache"})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
