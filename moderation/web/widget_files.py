"""The widget as browsers get it: its modules and CSS in one small file.

`make widget` builds that file from the modules in `moderation/widget` (see `scripts/widget.py`);
readers fetch one file instead of ten, and it carries one hash for integrity.
"""

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli

SOURCE = Path(__file__).parent.parent / "widget"
#: What was built from it, committed with it.
BUILT = SOURCE / "built"
#: Files that pages may name in a script element.
SCRIPTS = ("embed.js", "counts.js")


@dataclass(frozen=True, slots=True)
class File:
    """What is sent for one address, plain and compressed."""

    body: bytes
    #: The body in each encoding that we offer, the smallest first.
    packed: tuple[tuple[str, bytes], ...]
    content_type: str
    digest: str
    #: For the `integrity` attribute.
    integrity: str


def file(name: str) -> File | None:
    """Return the file of that name, or None when there is none for readers."""
    # Only files that exist are kept: names can be invented without end.
    return _made(name) if name in _names() else None


@cache
def _names() -> frozenset[str]:
    languages = (f"lang/{path.name}" for path in (SOURCE / "lang").glob("[a-z][a-z].json"))
    return frozenset((*SCRIPTS, "page.css", *languages))


@cache
def _made(name: str) -> File:
    if name in SCRIPTS:
        return _script(name)
    if name == "page.css":
        return _packed((BUILT / name).read_bytes(), "text/css; charset=utf-8")
    words = json.loads((SOURCE / name).read_text(encoding="utf-8"))
    compact = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return _packed(compact.encode(), "application/json")


@cache
def _script(name: str) -> File:
    return _packed((BUILT / name).read_bytes(), "text/javascript; charset=utf-8")


def pinned_name(script: str) -> str:
    """The name under which a script never changes: `embed-<hash>.js`."""
    return script.replace(".js", f"-{_script(script).digest}.js")


def integrity(script: str) -> str:
    """The value of the `integrity` attribute for a script of this release."""
    return _script(script).integrity


def script_of(name: str) -> str | None:
    """The script that a pinned name of this release stands for."""
    return next((script for script in SCRIPTS if name == pinned_name(script)), None)


def headers(*, pinned: bool) -> tuple[tuple[str, str], ...]:
    """How long a file is kept: one with its hash in its name for ever, others five minutes."""
    kept = "public, max-age=31536000, immutable" if pinned else "public, max-age=300"
    return ("Cache-Control", kept), ("Cross-Origin-Resource-Policy", "cross-origin")


def _packed(body: bytes, content_type: str) -> File:
    digest = hashlib.sha384(body).digest()
    return File(
        body=body,
        packed=(("br", brotli.compress(body)), ("gzip", gzip.compress(body, 9, mtime=0))),
        content_type=content_type,
        digest=digest.hex()[:12],
        integrity=f"sha384-{base64.b64encode(digest).decode()}",
    )
