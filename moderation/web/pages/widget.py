"""The widget's files and the address of its release."""

from flask import Blueprint, Response, abort

from ..auth import runtime
from ..http import etag_of
from ..responses import dumps
from ..static_files import Packed, send
from . import widget_bundle

bp = Blueprint("widget", __name__, template_folder="templates")


@bp.get("/widget/<path:name>")
def widget_file(name: str) -> Response:
    """Return a file of the widget, for pages of any origin: it has no personal data.

    The stable address is cached for five minutes; the one with the hash for ever.
    """
    script = widget_bundle.script_of(name)
    found = widget_bundle.file(script or name)
    if found is None:
        abort(404)
    ((_, cache_control), *others) = widget_bundle.headers(pinned=script is not None)
    packed = Packed(found.body, found.content_type, etag_of(found.body), dict(found.packed))
    response = send(packed, cache_control)
    response.headers.update(dict(others))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/widget/release.json")
def widget_release() -> Response:
    """Return the pinned addresses of this release, with their integrity hashes.

    Without a public address they are relative: the Host of a request is anything
    that a client sends, and behind a proxy its scheme is wrong.
    """
    root = runtime().settings.public_url
    scripts = {
        script: {
            "src": f"{root}/widget/{widget_bundle.pinned_name(script)}",
            "integrity": widget_bundle.integrity(script),
        }
        for script in widget_bundle.SCRIPTS
    }
    response = dumps(scripts, headers={"Cache-Control": "no-cache"})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
