"""Conditional requests and content encodings, as RFC 9110 has them."""

import gzip
import hashlib
from functools import lru_cache

import brotli

#: A body smaller than this is not worth compressing.
SMALL = 256


def etag_of(body: bytes) -> str:
    """Return the strong ETag of a body: a hash of its bytes, whatever built them."""
    return f'"{hashlib.blake2b(body, digest_size=15).hexdigest()}"'


def compressed(body: bytes, encoding: str) -> bytes:
    """Return a body in one of our encodings, for bytes that are sent many times."""
    return brotli.compress(body, quality=5) if encoding == "br" else gzip.compress(body, 6)


def allowed_origin(origins: frozenset[str] | None, origin: str) -> str:
    """Return the Access-Control-Allow-Origin of a page of this origin; empty: no header."""
    if origins is None:
        return "*"
    lowered = origin.lower()
    return lowered if lowered in origins else ""


def choose_encoding(accepted: str) -> str:
    """Return the best of our encodings that a client accepts; empty: identity."""
    if "br" not in accepted and "gzip" not in accepted:
        return ""
    # Browsers send few different ones; what is longer is an attempt to fill the memory.
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
    """Compare weakly, as RFC 9110 asks for If-None-Match; any encoding of ours counts."""
    bare = etag[1:-1]
    for tag in if_none_match.split(","):
        given = tag.strip().removeprefix("W/").strip('"')
        if given in (bare, f"{bare}-gzip", f"{bare}-br", "*"):
            return True
    return False
