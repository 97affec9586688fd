"""Responses that views return: JSON, and conditional ones with an ETag."""

from typing import Any

import orjson
from flask import Response
from flask import request as current_request

from .compression import encoding_of, tag_for
from .http import etag_of, matches

JSON_OPTIONS = orjson.OPT_UTC_Z


def json_bytes(value: Any) -> bytes:
    """Return a value as JSON in UTF-8."""
    return orjson.dumps(value, option=JSON_OPTIONS)


def dumps(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON; UUIDs and moments need no schema to be written."""
    return Response(
        json_bytes(value),
        status,
        headers,
        content_type="application/json",
    )


def conditional(response: Response) -> Response:
    """Give the answer an ETag of its bytes, and answer 304 where the client has them."""
    etag = etag_of(response.get_data())
    response.headers["ETag"] = tag_for(etag, encoding_of(response))
    asked = current_request.headers.get("If-None-Match")
    if asked is not None and matches(asked, etag):
        response.status_code = 304
        response.set_data(b"")
        del response.headers["Content-Type"]
        del response.headers["Content-Length"]
    return response
