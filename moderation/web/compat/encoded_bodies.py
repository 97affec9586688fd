"""Bodies in a content coding: Google's libraries for Java and .NET compress what they send."""

import zlib
from typing import Final

#: Bits of the window for both gzip and zlib, by the head of the data.
_EITHER: Final = 47


class Undecodable(ValueError):
    """A body that is not in the content coding that its request names."""


def decoded(body: bytes, coding: str, most: int) -> bytes:
    """Return a body without its content coding, with at most one byte more than `most`.

    Raises Undecodable for another coding than gzip and deflate, and for a body that is cut off.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return body
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise Undecodable(coding)
    reader = zlib.decompressobj(_EITHER)
    try:
        found = reader.decompress(body, most + 1)
    except zlib.error:
        raise Undecodable(coding) from None
    if len(found) <= most and not reader.eof:
        raise Undecodable(coding)
    return found
