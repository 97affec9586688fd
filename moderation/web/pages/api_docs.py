"""Page with the API's documentation."""

from functools import cache
from importlib import resources
from pathlib import Path

from flask import Blueprint, Response, abort, render_template

from ..static_files import Folder

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
bp = Blueprint("api_docs", __name__, template_folder="templates")


@bp.get("/api/v1/docs")
def api_docs() -> Response:
    """Return the documentation page; it fetches nothing from another host."""
    return Response(render_template("docs.html"), headers={"Content-Security-Policy": PAGE_CSP})


@bp.get("/api/v1/docs/assets/<name>")
def api_docs_asset(name: str) -> Response:
    """Serve a script or a style sheet of the API's documentation."""
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
