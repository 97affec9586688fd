"""The widget as browsers get it: its modules and CSS in one small file.

The source in `moderation/widget` is made of standard modules. They are joined when first
asked for: readers fetch one file instead of ten, and it carries one hash for integrity.
"""

import base64
import gzip
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli

SOURCE = Path(__file__).parent.parent / "widget"
#: Files that pages may name in a script element.
SCRIPTS = ("embed.js", "counts.js")

_IMPORT = re.compile(r'import (\w+|\{[^}]*\}) from "\./([\w.]+)"(?: with \{[^}]*\})?\n')
_EXPORT = re.compile(r"(?m)^export ")
# Private names are only written as `this.#name` or at the head of a line; a test sees to it.
_PRIVATE = re.compile(r"(?m)(this\.|^ *(?:async )?)#(\w+)")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SPACE = re.compile(r" ?([{};,]) ?")


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
        return _packed(page_css().encode(), "text/css; charset=utf-8")
    words = json.loads((SOURCE / name).read_text(encoding="utf-8"))
    compact = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return _packed(compact.encode(), "application/json")


@cache
def _script(name: str) -> File:
    return _packed(_minified(joined(name)).encode(), "text/javascript; charset=utf-8")


def pinned_name(script: str) -> str:
    """The name under which a script never changes: `embed-<hash>.js`."""
    return script.replace(".js", f"-{_script(script).digest}.js")


def integrity(script: str) -> str:
    """The value of the `integrity` attribute for a script of this release."""
    return _script(script).integrity


def script_of(name: str) -> str | None:
    """The script that a pinned name of this release stands for."""
    return next((script for script in SCRIPTS if name == pinned_name(script)), None)


def page_css() -> str:
    """The rules for pages without JavaScript: the widget's own, and a few more."""
    shared = (SOURCE / "widget.css").read_text(encoding="utf-8").replace(":host", "body")
    return _compact_css(shared + (SOURCE / "page.css").read_text(encoding="utf-8"))


def joined(entry: str) -> str:
    """One module with everything that `entry` imports, each module once.

    It stands in a function, so that every name in it is local and may be shortened.
    """
    parts: list[str] = []
    _collect(entry, parts, set())
    return "\n".join(["(() => {", *parts, "})()"])


def _collect(name: str, parts: list[str], seen: set[str]) -> None:
    if name in seen:
        return
    seen.add(name)
    source = (SOURCE / name).read_text(encoding="utf-8")
    for binding, imported in _IMPORT.findall(source):
        if imported.endswith(".css"):
            css = _compact_css((SOURCE / imported).read_text(encoding="utf-8"))
            parts.append(f"const {binding} = new CSSStyleSheet()")
            parts.append(f"{binding}.replaceSync({json.dumps(css)})")
        else:
            _collect(imported, parts, seen)
    parts.append(_with_short_names(_EXPORT.sub("", _IMPORT.sub("", source))))


def _with_short_names(source: str) -> str:
    """A module's private names in a letter each, the most used first."""
    names = Counter(name for _, name in _PRIVATE.findall(source))
    short = {name: _short(rank) for rank, (name, _) in enumerate(names.most_common())}
    return _PRIVATE.sub(lambda match: f"{match[1]}#{short[match[2]]}", source)


def _short(rank: int) -> str:
    # In the order in which the minifier gives out names: repetition is what gzip packs.
    return "etnsoiarcldumhfpgvbjywkxqz"[rank]


def _minified(source: str) -> str:
    """The same program in fewer bytes."""
    # Imported here: only a process that serves the widget needs it.
    import minify

    return str(minify.string("application/javascript", source))


def _compact_css(source: str) -> str:
    import minify

    # What it does not know, as container queries, it leaves as it is.
    tight = _CSS_SPACE.sub(r"\1", " ".join(_CSS_COMMENT.sub("", source).split()))
    return str(minify.string("text/css", tight))


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
