"""Build the served files of the widget: `python -m scripts.widget`, or `make widget`.

The source in `moderation/widget` consists of standard modules. Each script is bundled with its
imports and minified into one file of `moderation/widget/built`, which is committed: readers
fetch one file with one integrity hash, and a server needs no minifier.

The first script loads `extras.js` when a reader needs it. That one has only the modules that the
first lacks; the names that both use are passed to it. Its name and its hash are in the first.
The second loads `staff.js` for staff who moderate, in the same way.
"""

import json
import re
import sys
from collections import Counter

from moderation.web.pages.widget_bundle import BUILT, SOURCE, integrity_of, pinned_name_of

_IMPORT = re.compile(r'import (\w+|\{[^}]*\}) from "\./([\w.]+)"(?: with \{[^}]*\})?\n')
_EXPORTED = re.compile(r"(?m)^export (?:async )?(?:function|const|class) (\w+)")
_EXPORT = re.compile(r"(?m)^export ")
# Private names occur only as `this.#name` or at the start of a line; a test checks this.
_PRIVATE = re.compile(r"(?m)(this\.|^ *(?:async )?)#(\w+)")
#: What the build fills into `extras_loader.js`.
_SHARED = "const SHARED = {}"
#: The same of `staff_loader.js`, for the third script.
_TOOLS = "const TOOLS = {}"
_THIRD = 'const [FILE, PROOF] = ["./staff.js", ""]'
_SECOND = 'const [SRC, INTEGRITY] = ["./extras.js", ""]'
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SPACE = re.compile(r" ?([{};,]) ?")


def build() -> dict[str, bytes]:
    """Return the built files by name, made from the sources."""
    shared = _reached("embed.js")
    staff = _minified("application/javascript", module_with("staff.js", shared)).encode()
    extras = _minified("application/javascript", module_with("extras.js", shared, staff)).encode()
    return {
        "embed.js": _minified("application/javascript", joined("embed.js", extras)).encode(),
        "counts.js": _minified("application/javascript", joined("counts.js")).encode(),
        "extras.js": extras,
        "staff.js": staff,
        "page.css": page_css().encode(),
    }


def joined(entry: str, extras: bytes = b"") -> str:
    """Return one module with everything that `entry` imports, each module once.

    It is wrapped in a function, so that every name in it is local and may be shortened; the
    function returns the names that the entry exports.
    """
    parts: list[str] = []
    _collect(entry, parts, set())
    script = "\n".join(parts)
    if extras:
        second = [f"./{pinned_name_of('extras.js', extras)}", integrity_of(extras)]
        names = ", ".join(_shared_names("extras.js", "staff.js"))
        script = script.replace(_SHARED, f"const SHARED = {{ {names} }}")
        script = script.replace(_SECOND, f"const [SRC, INTEGRITY] = {json.dumps(second)}")
    exported = _exported(entry)
    if not exported:
        return f"(() => {{\n{script}\n}})()"
    return f"export const {exported} = (() => {{\n{script}\nreturn {exported}\n}})()"


def module_with(entry: str, shared: set[str], staff: bytes = b"") -> str:
    """Return the second or third module: a function of the names that it shares with the first.

    The second takes those of the third as well, and hands them on.
    """
    parts: list[str] = []
    _collect(entry, parts, set(shared))
    script = "\n".join(parts)
    names = ", ".join(_shared_names(entry, *(("staff.js",) if staff else ())))
    if staff:
        third = [f"./{pinned_name_of('staff.js', staff)}", integrity_of(staff)]
        tools = f"const TOOLS = {{ {', '.join(_shared_names('staff.js'))} }}"
        script = script.replace(_TOOLS, tools)
        script = script.replace(_THIRD, f"const [FILE, PROOF] = {json.dumps(third)}")
    return f"export default ({{ {names} }}) => {{\n{script}\nreturn {_exported(entry)}\n}}"


def _exported(entry: str) -> str:
    """Return the object of the names that a module exports; empty when there are none."""
    names = _EXPORTED.findall((SOURCE / entry).read_text(encoding="utf-8"))
    return f"{{ {', '.join(names)} }}" if names else ""


def _reached(entry: str) -> set[str]:
    """Return the names of a module and of all that it imports."""
    seen: set[str] = set()
    _collect(entry, [], seen)
    return seen


def _shared_names(*entries: str) -> list[str]:
    """Return the names of the first script's modules that those of other scripts import."""
    first = _reached("embed.js")
    names: set[str] = set()
    for module in set().union(*map(_reached, entries)) - first:
        for binding, imported in _IMPORT.findall((SOURCE / module).read_text(encoding="utf-8")):
            if imported in first:
                names.update(re.findall(r"\w+", binding))
    return sorted(names)


def page_css() -> str:
    """Return the CSS for pages without JavaScript: the widget's own rules and a few more."""
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
    # In the order in which the minifier assigns names, because gzip profits from repetition.
    return "etnsoiarcldumhfpgvbjywkxqz"[rank]


def _compact_css(source: str) -> str:
    # The minifier leaves rules that it does not support, such as container queries, unchanged.
    tight = _CSS_SPACE.sub(r"\1", " ".join(_CSS_COMMENT.sub("", source).split()))
    return _minified("text/css", tight)


def _minified(kind: str, source: str) -> str:
    # A local import: it has no wheel for Apple Silicon, where tests import this module.
    import minify

    return str(minify.string(kind, source))


def main() -> int:
    """Write the built files; return 1 if the minifier is missing."""
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
