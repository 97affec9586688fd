"""Builds the files of the widget that are served: `python -m scripts.widget`, or `make widget`.

The source in `moderation/widget` is made of standard modules. Each script is joined with what it
imports and minified into one file of `moderation/widget/built`, which is committed: readers
fetch one file that carries one hash for integrity, and a server needs no minifier.
"""

import json
import re
import sys
from collections import Counter

from moderation.web.widget_files import BUILT, SCRIPTS, SOURCE

_IMPORT = re.compile(r'import (\w+|\{[^}]*\}) from "\./([\w.]+)"(?: with \{[^}]*\})?\n')
_EXPORT = re.compile(r"(?m)^export ")
# Private names are only written as `this.#name` or at the head of a line; a test sees to it.
_PRIVATE = re.compile(r"(?m)(this\.|^ *(?:async )?)#(\w+)")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SPACE = re.compile(r" ?([{};,]) ?")


def build() -> dict[str, bytes]:
    """Return the built files by name, made from the sources."""
    scripts = {name: _minified("application/javascript", joined(name)) for name in SCRIPTS}
    return {name: text.encode() for name, text in (scripts | {"page.css": page_css()}).items()}


def joined(entry: str) -> str:
    """Return one module with everything that `entry` imports, each module once.

    It stands in a function, so that every name in it is local and may be shortened.
    """
    parts: list[str] = []
    _collect(entry, parts, set())
    return "\n".join(["(() => {", *parts, "})()"])


def page_css() -> str:
    """Return the rules for pages without JavaScript: the widget's own, and a few more."""
    shared = (SOURCE / "widget.css").read_text(encoding="utf-8").replace(":host", "body")
    return _compact_css(shared + (SOURCE / "page.css").read_text(encoding="utf-8"))


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
    """Shorten a module's private names to a letter each, the most used first."""
    names = Counter(name for _, name in _PRIVATE.findall(source))
    short = {name: _short(rank) for rank, (name, _) in enumerate(names.most_common())}
    return _PRIVATE.sub(lambda match: f"{match[1]}#{short[match[2]]}", source)


def _short(rank: int) -> str:
    # In the order in which the minifier gives out names: repetition is what gzip packs.
    return "etnsoiarcldumhfpgvbjywkxqz"[rank]


def _compact_css(source: str) -> str:
    # The minifier leaves what it does not know, as container queries, as it is.
    tight = _CSS_SPACE.sub(r"\1", " ".join(_CSS_COMMENT.sub("", source).split()))
    return _minified("text/css", tight)


def _minified(kind: str, source: str) -> str:
    # Imported here: it has no wheel for Apple Silicon, where this module is imported by tests.
    import minify

    return str(minify.string(kind, source))


def main() -> int:
    """Write the built files; 1 when there is no minifier."""
    try:
        files = build()
    except ImportError:
        print("The minifier is not installed here: run `make widget` on Linux.", file=sys.stderr)
        return 1
    BUILT.mkdir(exist_ok=True)
    for name, body in files.items():
        (BUILT / name).write_bytes(body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
