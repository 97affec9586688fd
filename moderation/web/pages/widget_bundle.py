"""The bundled widget: its modules and CSS in one small file.

`make widget` builds that file from the modules in `moderation/widget` (see `scripts/widget.py`);
readers fetch one file instead of ten, and it carries one hash for integrity. What few readers
need is a second file, `extras.js`, with words of its own.
"""

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli

SOURCE = Path(__file__).parents[2] / "widget"
#: Build results, committed with the sources.
BUILT = SOURCE / "built"
#: Scripts with a pinned address; `embed.js` itself loads `extras.js`, and that one `staff.js`.
SCRIPTS = ("embed.js", "counts.js", "extras.js", "staff.js")
#: Groups of a language's file that the second and the third script need, each served as a file.
GROUPS = ("extras", "moderating")


@dataclass(frozen=True, slots=True)
class File:
    """A file of the widget, plain and compressed."""

    body: bytes
    #: The body in each supported encoding, smallest first.
    packed: tuple[tuple[str, bytes], ...]
    content_type: str
    digest: str
    #: For the `integrity` attribute.
    integrity: str


def file(name: str) -> File | None:
    """Return the file of that name; None when there is none for readers."""
    # Only existing files are cached: a client can invent any number of names.
    return _made(name) if name in _names() else None


@cache
def _names() -> frozenset[str]:
    codes = [path.stem for path in (SOURCE / "lang").glob("*.json")]
    ends = ("", *(f"-{group}" for group in GROUPS))
    words = (f"lang/{code}{end}.json" for code in codes for end in ends)
    return frozenset((*SCRIPTS, "page.css", *words))


@cache
def _made(name: str) -> File:
    if name in SCRIPTS:
        return _script(name)
    if name == "page.css":
        return _packed((BUILT / name).read_bytes(), "text/css; charset=utf-8")
    group = next((each for each in GROUPS if name.endswith(f"-{each}.json")), "")
    language = name.replace(f"-{group}.", ".") if group else name
    words = json.loads((SOURCE / language).read_text(encoding="utf-8"))
    groups = {each: words.pop(each) for each in GROUPS}
    words = groups[group] if group else words
    compact = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return _packed(compact.encode(), "application/json")


@cache
def _script(name: str) -> File:
    return _packed((BUILT / name).read_bytes(), "text/javascript; charset=utf-8")


def pinned_name(script: str) -> str:
    """Return the immutable name of a script: `embed-<hash>.js`."""
    return script.replace(".js", f"-{_script(script).digest}.js")


def pinned_name_of(script: str, body: bytes) -> str:
    """Return the immutable name of a script with these bytes."""
    return script.replace(".js", f"-{_digest(body)}.js")


def _digest(body: bytes) -> str:
    return hashlib.sha384(body).hexdigest()[:12]


def integrity(script: str) -> str:
    """Return the `integrity` attribute for a script of this release."""
    return _script(script).integrity


def integrity_of(body: bytes) -> str:
    """Return the `integrity` attribute for these bytes."""
    return f"sha384-{base64.b64encode(hashlib.sha384(body).digest()).decode()}"


def script_of(name: str) -> str | None:
    """Return the script of a pinned name of this release; None for other names."""
    return next((script for script in SCRIPTS if name == pinned_name(script)), None)


def headers(*, pinned: bool) -> tuple[tuple[str, str], ...]:
    """Return caching headers: for ever with the hash in the name, else five minutes."""
    kept = "public, max-age=31536000, immutable" if pinned else "public, max-age=300"
    return ("Cache-Control", kept), ("Cross-Origin-Resource-Policy", "cross-origin")


def _packed(body: bytes, content_type: str) -> File:
    return File(
        body=body,
        packed=(("br", brotli.compress(body)), ("gzip", gzip.compress(body, 9, mtime=0))),
        content_type=content_type,
        digest=_digest(body),
        integrity=integrity_of(body),
    )
