"""Compression of responses that are large enough and may be compressed.

A response that holds a secret beside text of an attacker's choice must not be: its compressed
length gives the secret away piece by piece (BREACH). So a response with `no-store`, such as the
console's pages with CSRF tokens and the forms with signed ones, is not compressed.
The lists of the review API are the exception: they hold no token, and neither the session
cookie (SameSite=Strict) nor a bearer token goes along with another site's request.
"""

import gzip

import brotli
from flask import Flask, Response, request

from .http import SMALL, choose_encoding

#: For dynamic responses: a third of the time of level 6, a tenth more bytes.
BROTLI, GZIP = 4, 4

_TEXT = ("text/", "application/json", "application/atom+xml", "application/javascript", "image/svg")
#: Blueprints whose pages are for one person.
_OWN = frozenset({"console", "mail", "own_page"})
#: Blueprints of the review API whose answers to GET hold no token.
_REVIEWING = frozenset({"review", "desk", "rules", "settings"})


def register(app: Flask) -> None:
    """Register compression as the last step: hooks run in reverse order of registration."""
    app.after_request(_compress)


def encoding_of(response: Response) -> str:
    """Return the encoding in which a response is sent; empty: identity."""
    if not _eligible(response) or len(response.get_data()) <= SMALL:
        return ""
    return choose_encoding(request.headers.get("Accept-Encoding", ""))


def tag_for(etag: str, encoding: str) -> str:
    """Return the strong ETag of a response in an encoding."""
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
