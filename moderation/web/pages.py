"""Pages and files: health, the API's documentation, the widget."""

from importlib import resources
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, send_from_directory
from sqlalchemy import text

from moderation.storage import db

from .api import dumps

bp = Blueprint("pages", __name__, template_folder="templates")

_PACKAGE = Path(__file__).parent.parent


@bp.get("/healthz")
def health() -> Response:
    """200 while the service can reach its store."""
    db.session().execute(text("SELECT 1"))
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
        return send_from_directory(Path(__file__).parent / "static", name, max_age=3600)
    if name not in ("swagger-ui.css", "swagger-ui-bundle.js"):
        abort(404)
    folder = resources.files("swagger_ui_bundle") / "vendor"
    version = next(p for p in Path(str(folder)).iterdir() if p.is_dir())
    return send_from_directory(version, name, max_age=3600)


@bp.get("/widget/<path:name>")
def widget_file(name: str) -> Response:
    """A file of the widget, for pages of any origin: it holds nothing of anybody."""
    response = send_from_directory(_PACKAGE / "widget", name, max_age=300)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
