"""Compressed answers, for every answer that is worth it and may be compressed.

An answer that holds a secret beside text of a stranger's choice must not be: its compressed
length gives the secret away piece by piece (BREACH). So an answer with `no-store`, as are the
console's pages with their CSRF tokens and the forms with their signed ones, is sent as it is.
The lists of the review API are the exception: they hold no token, and neither the session
cookie (SameSite=Strict) nor a bearer token goes along with another site's request.
"""

import gzip

import brotli
from flask import Flask, Response, request

from .http import SMALL, choose_encoding

#: Of what is made anew for each request: a third of the time of level 6, a tenth more bytes.
BROTLI, GZIP = 4, 4

_TEXT = ("text/", "application/json", "application/atom+xml", "application/javascript", "image/svg")
#: Blueprints whose pages are one person's own.
_OWN = frozenset({"console", "mail", "own_page"})
#: Blueprints of the review API whose answers to GET hold no token.
_REVIEWING = frozenset({"review", "desk", "rules", "settings"})


def register(app: Flask) -> None:
    """Compress as the last thing: hooks run from the last registered to the first."""
    app.after_request(_compress)


def encoding_of(response: Response) -> str:
    """Return the encoding in which an answer is sent; empty: as it is."""
    if not _eligible(response) or len(response.get_data()) <= SMALL:
        return ""
    return choose_encoding(request.headers.get("Accept-Encoding", ""))


def tag_for(etag: str, encoding: str) -> str:
    """Return the strong ETag of an answer in an encoding."""
    return f'{etag[:-1]}-{encoding}"' if encoding else etag


def _eligible(response: Response) -> bool:
    if response.status_code != 200 or response.is_streamed or response.direct_passthrough:
        return False
    headers = response.headers
    if "Content-Encoding" in headers or "Set-Cookie" in headers or not response.content_type:
        return False
    return response.content_type.startswith(_TEXT) and _public(response)


def _public(response: Response) -> bool:
    if not response.cache_control.no_store:
        return request.blueprint not in _OWN
    return request.blueprint in _REVIEWING and request.method in ("GET", "HEAD")


def _compress(response: Response) -> Response:
    if response.status_code == 304 and "ETag" in response.headers:
        response.vary.add("Accept-Encoding")
    if not _eligible(response):
        return response
    response.vary.add("Accept-Encoding")
    encoding = encoding_of(response)
    if encoding:
        body = response.get_data()
        packed = (
            brotli.compress(body, quality=BROTLI)
            if encoding == "br"
            else gzip.compress(body, GZIP, mtime=0)
        )
        response.set_data(packed)
        response.content_encoding = encoding
    return response
