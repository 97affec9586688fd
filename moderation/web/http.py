"""Conditional requests and content encodings, as in RFC 9110."""

import gzip
import hashlib
import re
from functools import lru_cache

import brotli

from moderation.domain.hosts import is_listed
from moderation.domain.members import looks_signed_on
from moderation.services.notifications.reader_messages import known_language
from moderation.storage.models.sites import Site

#: A body smaller than this is not worth compressing.
SMALL = 256


def etag_of(body: bytes) -> str:
    """Return the strong ETag of a body: a hash of its bytes."""
    return f'"{hashlib.blake2b(body, digest_size=15).hexdigest()}"'


def compressed(body: bytes, encoding: str) -> bytes:
    """Return a body in one of our encodings, for bytes that are sent many times."""
    return brotli.compress(body, quality=5) if encoding == "br" else gzip.compress(body, 6)


def allowed_origin(origins: frozenset[str] | None, origin: str) -> str:
    """Return the Access-Control-Allow-Origin for an origin; empty: no header."""
    if origins is None:
        return "*"
    lowered = origin.lower()
    return lowered if is_listed(lowered, origins) else ""


def choose_encoding(accepted: str) -> str:
    """Return the best of our encodings that a client accepts; empty: identity."""
    if "br" not in accepted and "gzip" not in accepted:
        return ""
    # Browsers send few different headers; a longer one is an attempt to fill the memory.
    return _chosen(accepted) if len(accepted) <= 128 else ""


@lru_cache(maxsize=64)
def _chosen(accepted: str) -> str:
    known: dict[str, float] = {}
    for part in accepted.split(","):
        name, _, parameters = part.partition(";")
        weight = 1.0
        for parameter in parameters.split(";"):
            label, _, value = parameter.partition("=")
            if label.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        known[name.strip().lower()] = weight
    brotli_weight, gzip_weight = known.get("br", 0.0), known.get("gzip", 0.0)
    if brotli_weight > 0 and brotli_weight >= gzip_weight:
        return "br"
    return "gzip" if gzip_weight > 0 else ""


def matches(if_none_match: str, etag: str) -> bool:
    """Compare weakly, as RFC 9110 requires for If-None-Match; any of our encodings matches."""
    bare = etag[1:-1]
    for tag in if_none_match.split(","):
        given = tag.strip().removeprefix("W/").strip('"')
        if given in (bare, f"{bare}-gzip", f"{bare}-br", "*"):
            return True
    return False


#: Headers of every response, cached or not.
COMMON_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)


#: Clients revalidate each time, and get 304 while nothing has changed.
FRESH = (("Cache-Control", "no-cache"),)


def asks_as_reader(authorization: str) -> bool:
    """Return whether an Authorization header has a sign-on token: the answer is for one reader."""
    kind, _, token = authorization.partition(" ")
    return kind.lower() == "bearer" and looks_signed_on(token)


def reader_language(accepted: str, site: Site) -> str:
    """Return the language of mail to a reader: from Accept-Language, else the site's."""
    return accepted_language(accepted, str(site.settings.get("page_language", "en")))


def accepted_language(accepted: str, otherwise: str) -> str:
    """Return the first language of an Accept-Language header that mail comes in."""
    # A browser lists a few; nothing is gained by reading more.
    for part in accepted[:200].split(","):
        tag = part.partition(";")[0].strip()
        if known_language(tag, ""):
            return known_language(tag, "")
    return known_language(otherwise)


#: Site and post in a thread's path, in the encoding of WSGI.
THREAD = re.compile(r"/api/v1/sites/([^/]+)/posts/([\s\S]+)/comments")
