"""Strict JSON, except for a byte order mark, and the half of an emoji in a shortened text."""

import codecs
import json
from typing import Any

import orjson


def loads(body: bytes) -> Any:
    """Return the value in a body; raise ValueError.

    Half of a surrogate pair, which orjson refuses, becomes the replacement character.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        written = json.dumps(json.loads(body.decode()), ensure_ascii=False)
    except RecursionError:
        raise ValueError from None
    return orjson.loads(written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
