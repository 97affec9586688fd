"""`POST /v1/moderations` in OpenAI's shape; its errors have OpenAI's shape as well."""

import re
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from moderation.domain.errors import Unauthenticated
from moderation.services.compat import openai
from moderation.services.compat.keys import Service
from moderation.services.compat.openai import BadInput
from moderation.storage.models.sites import Site

from .. import errors
from ..auth import bearer_token
from ..responses import dumps
from . import json_bodies
from .admission import Admission, TooFast

bp = Blueprint("openai", __name__)

#: `type` and `code` of the errors that are not about a member of the request, by HTTP status.
_KINDS = {
    401: ("invalid_request_error", "invalid_api_key"),
    429: ("requests", "rate_limit_exceeded"),
}
#: Where every category is answered, for clients that need each and can set a base URL alone.
_PADDED = "/padded/v1/moderations"
_YES = frozenset({"1", "true", "yes"})
#: Other addresses of OpenAI's API, and what a client requests whose base URL lacks `/v1`.
_ELSEWHERE = re.compile(r"/(?:padded/)?(?:v1/|moderations/?\Z)")


_ADMISSION = "moderation.openai"
#: Bytes of a body, without the pictures in it and with them; the server has the same bound.
_MOST_BYTES = 256 * 1024
_MOST_WITH_PICTURES = 8 * 1024 * 1024
#: A picture in a body. A text cannot look like one: its quotes have backslashes.
_PICTURE = re.compile(rb'("(?:image_)?url"\s*+:\s*+"data:)(?:[^"\\]++|\\/)*+"')


def register(app: Flask) -> None:
    """Attach the endpoint, which charges keys and networks itself."""
    app.register_blueprint(bp)
    app.extensions[_ADMISSION] = Admission(app, Service.OPENAI)


@bp.before_request
def take_many_texts() -> None:
    """Allow the larger body that a list of texts, or a picture, needs."""
    request.max_content_length = _MOST_WITH_PICTURES


@bp.post(_PADDED)
@bp.post("/v1/moderations")
def moderate() -> Response:
    """Judge texts; repeats change nothing, and nothing is stored."""
    admission: Admission = current_app.extensions[_ADMISSION]
    admission.charge_network(request.environ)
    key = bearer_token()
    site = _site(admission, key)
    given = openai.read_input(_json(_body()), strict=_is_asked_for("strict"))
    admission.charge_key(key, len(given.texts))
    answer = openai.moderate(site, given.texts, pad=request.path == _PADDED or _is_asked_for("pad"))
    headers = {"X-Moderation-Model": answer["model"]}
    if given.has_images:
        headers["X-Moderation-Not-Judged"] = "image_url"
    return dumps(answer, headers=headers)


def _body() -> bytes:
    """Return the body; of a large one without its pictures, which are not judged."""
    body = request.get_data(cache=False)
    if len(body) > _MOST_BYTES:
        body = _PICTURE.sub(rb'\1"', body)
    if len(body) > _MOST_BYTES:
        raise RequestEntityTooLarge
    return body


def _is_asked_for(parameter: str) -> bool:
    return request.args.get(parameter, "").lower() in _YES


def _json(body: bytes) -> Any:
    try:
        return json_bodies.loads(body)
    except ValueError:
        raise errors.BadJson("The body is not JSON in UTF-8.") from None


def _site(admission: Admission, key: str) -> Site:
    if not key:
        raise Unauthenticated("Send your key: Authorization: Bearer …")
    site = admission.site_of(request.environ, key)
    if site is None:
        raise Unauthenticated("This key is unknown or was revoked. Ask the operator for one.")
    return site


@bp.errorhandler(Exception)
def answer_error(error: Exception) -> Response:
    """Return any error in OpenAI's shape; it is handled and logged as everywhere."""
    if isinstance(error, TooFast):
        error = errors.RateLimited(error.retry_after)
    problem = errors.response_of(error)
    status = 400 if problem.status_code == 422 else problem.status_code
    kind, code = _KINDS.get(status, ("invalid_request_error", None))
    if status >= 500:
        kind = "server_error"
    param = None
    if isinstance(error, BadInput):
        param, code = error.param, error.reason
    message = orjson.loads(problem.get_data())["detail"]
    answer = dumps(error_body(message, kind, param=param, code=code), status)
    for name in ("Retry-After", "WWW-Authenticate", "Allow"):
        if name in problem.headers:
            answer.headers[name] = problem.headers[name]
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.after_app_request
def name_the_address(response: Response) -> Response:
    """Refuse other addresses in OpenAI's shape: its SDK for Node shows the text of no other."""
    if response.status_code != 404 or not _ELSEWHERE.match(request.path):
        return response
    message = (
        "Of OpenAI's API this service has POST /v1/moderations alone. The base URL of a client "
        "ends in /v1; calls to a language model need a client with another one."
    )
    answer = dumps(error_body(message, "invalid_request_error", code="unknown_url"), 404)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def error_body(
    message: str, kind: str, *, param: str | None = None, code: str | None = None
) -> dict[str, dict[str, str | None]]:
    """Return the body of an error."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
