"""Static files, cached in memory with their compressed forms.

Only existing files are cached, so the memory is bounded by the size of the folders that
they are in.
"""

import gzip
import mimetypes
import threading
from dataclasses import dataclass
from pathlib import Path

import brotli
from flask import Response, abort, request
from werkzeug.security import safe_join

from .compression import tag_for
from .http import SMALL, choose_encoding, etag_of, matches

#: Up to this size the best compression takes some hundredths of a second.
_LITTLE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Packed:
    """A body with its content type, its ETag and its compressed forms."""

    body: bytes
    content_type: str
    etag: str
    encoded: dict[str, bytes]

    @property
    def size(self) -> int:
        """Return its size in memory in bytes."""
        return len(self.body) + sum(map(len, self.encoded.values()))


def pack(body: bytes, content_type: str) -> Packed:
    """Compress a body once, at the best level that its size allows."""
    encoded = {}
    if len(body) > SMALL:
        quality = 11 if len(body) <= _LITTLE else 9
        encoded = {
            "br": brotli.compress(body, quality=quality),
            "gzip": gzip.compress(body, 9, mtime=0),
        }
    return Packed(body, content_type, etag_of(body), encoded)


def send(packed: Packed, cache_control: str) -> Response:
    """Return a response in the client's preferred encoding, or 304 when it has the body."""
    encoding = choose_encoding(request.headers.get("Accept-Encoding", ""))
    body = packed.encoded.get(encoding)
    if body is None:
        encoding, body = "", packed.body
    headers = {
        "Cache-Control": cache_control,
        "ETag": tag_for(packed.etag, encoding),
        "Vary": "Accept-Encoding",
    }
    asked = request.headers.get("If-None-Match")
    if asked is not None and matches(asked, packed.etag):
        answer = Response(status=304, headers=headers)
        del answer.headers["Content-Type"]
        return answer
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(body, headers=headers, content_type=packed.content_type)


class Folder:
    """Files of a folder, each read and compressed on first request and after a change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, tuple[tuple[int, int], Packed]] = {}
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Return the size of all cached files in bytes."""
        return sum(packed.size for _, packed in self._kept.values())

    def send(self, name: str, cache_control: str) -> Response:
        """Return a response with a file; 404 when there is none of that name."""
        found = safe_join(str(self._path), name)
        path = Path(found) if found else self._path
        # A client can spell a name in several ways, and make it longer than any file's.
        if name != str(path.relative_to(self._path)) or not _is_file(path):
            abort(404)
        return send(self._packed(name, path), cache_control)

    def _packed(self, name: str, path: Path) -> Packed:
        stat = path.stat()
        state = stat.st_mtime_ns, stat.st_size
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept[0] != state:
                kept = state, pack(path.read_bytes(), _type_of(name))
                self._kept[name] = kept
            return kept[1]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _type_of(name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
