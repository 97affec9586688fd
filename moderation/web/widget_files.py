"""The widget as browsers get it: its modules and CSS in one small file.

The source in `moderation/widget` is made of standard modules. They are joined when first
asked for: readers fetch one file instead of ten, and it carries one hash for integrity.
"""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "widget"
#: Files that pages may name in a script element.
SCRIPTS = ("embed.js", "counts.js")

_IMPORT = re.compile(r'import (\w+|\{[^}]*\}) from "\./([\w.]+)"(?: with \{[^}]*\})?\n')
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SPACE = re.compile(r"\s*([{};,])\s*|(?<=:) +")


@dataclass(frozen=True, slots=True)
class File:
    """What is sent for one address, plain and compressed."""

    body: bytes
    compressed: bytes
    content_type: str
    digest: str
    #: For the `integrity` attribute.
    integrity: str


@cache
def file(name: str) -> File | None:
    """The file of that name, or None when there is none for readers."""
    if name in SCRIPTS:
        return _script(name)
    language = re.fullmatch(r"lang/([a-z]{2})\.json", name)
    if language and (SOURCE / name).is_file():
        words = json.loads((SOURCE / name).read_text(encoding="utf-8"))
        compact = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
        return _packed(compact.encode(), "application/json")
    return None


@cache
def _script(name: str) -> File:
    return _packed(joined(name).encode(), "text/javascript; charset=utf-8")


def pinned_name(script: str) -> str:
    """The name under which a script never changes: `embed-<hash>.js`."""
    return script.replace(".js", f"-{_script(script).digest}.js")


def integrity(script: str) -> str:
    """The value of the `integrity` attribute for a script of this release."""
    return _script(script).integrity


def script_of(name: str) -> str | None:
    """The script that a pinned name of this release stands for."""
    return next((script for script in SCRIPTS if name == pinned_name(script)), None)


def joined(entry: str) -> str:
    """One module with everything that `entry` imports, each module once."""
    parts: list[str] = []
    _collect(entry, parts, set())
    return "\n".join(parts) + "\n"


def _collect(name: str, parts: list[str], seen: set[str]) -> None:
    if name in seen:
        return
    seen.add(name)
    source = (SOURCE / name).read_text(encoding="utf-8")
    for binding, imported in _IMPORT.findall(source):
        if imported.endswith(".css"):
            css = _compact_css((SOURCE / imported).read_text(encoding="utf-8"))
            parts.append(f"const {binding}=new CSSStyleSheet()")
            parts.append(f"{binding}.replaceSync({json.dumps(css)})")
        else:
            _collect(imported, parts, seen)
    parts.append(_compact_js(_IMPORT.sub("", source)))


def _compact_js(source: str) -> str:
    """Leave out indentation, empty lines and lines that are comments.

    Only whole lines are touched, and no string of ours spans lines, so nothing else can
    change: a test reads the modules for that.
    """
    lines = (line.strip() for line in source.splitlines())
    kept = (line for line in lines if line and not line.startswith(("//", "/**", "* ", "*/")))
    return "\n".join(line.removeprefix("export ") for line in kept)


def _compact_css(source: str) -> str:
    bare = " ".join(_CSS_COMMENT.sub("", source).split())
    return _CSS_SPACE.sub(lambda match: match[1] or "", bare).replace(";}", "}").strip()


def _packed(body: bytes, content_type: str) -> File:
    digest = hashlib.sha384(body).digest()
    return File(
        body=body,
        compressed=gzip.compress(body, 9, mtime=0),
        content_type=content_type,
        digest=digest.hex()[:12],
        integrity=f"sha384-{base64.b64encode(digest).decode()}",
    )
