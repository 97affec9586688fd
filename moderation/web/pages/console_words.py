"""The console's languages: the texts of its pages and scripts, and the choice of a language.

The texts are in `console/lang/LANGUAGE/PART.json`; the pages without scripts and the widget have
their own in `i18n` and in `widget/lang`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from flask import Response, abort, request
from markupsafe import Markup, escape

from .. import static_files
from . import i18n

SOURCE = Path(__file__).parents[2] / "console" / "lang"
#: The moderator's choice, which the account page and the login page store in the browser.
COOKIE = "moderation.language"
#: Every language by its own name, in the order of the choice.
NAMES: Mapping[str, str] = {
    "cs": "Čeština",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt-BR": "Português (Brasil)",
    "sv": "Svenska",
    "tr": "Türkçe",
    "ru": "Русский",
    "uk": "Українська",
    "ar": "العربية",
    "zh": "中文",
    "ja": "日本語",
}
#: The part that only templates use, so that no browser loads it.
TEMPLATES_ONLY = "pages"
_IMMUTABLE = "public, max-age=31536000, immutable"
#: For the address of another release: nodes of both run during an upgrade.
_BRIEF = "public, max-age=60"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class ConsoleWords:
    """The console's texts in one language; English where a translation lacks one."""

    lang: str
    table: Mapping[str, Any]

    @property
    def dir(self) -> str:
        return "rtl" if self.lang == "ar" else "ltr"

    def t(self, key: str, **values: Any) -> Markup:
        """Return the text of a key with its placeholders filled in; `n` selects the plural.

        Values are escaped, except for markup that a template made.
        """
        given: Any = self.table
        for name in key.split("."):
            given = given[name]
        if not isinstance(given, str):
            given = given.get(i18n.PLURALS[self.lang](values["n"]), given["other"])
        filled = _PLACEHOLDER.sub(lambda found: self._shown(found, values), str(escape(given)))
        # Every part is escaped: the text above, and each value below.
        return Markup(filled)  # noqa: S704

    def name_of(self, group: str, code: str) -> str:
        """Return the text of a code in a group; the code as words when there is none."""
        texts: Any = self.table
        for name in group.split("."):
            texts = texts[name]
        found: str = texts.get(code) or code.replace("_", " ").capitalize()
        return found

    @cached_property
    def script(self) -> static_files.Packed:
        """The script that gives the modules their texts."""
        texts = {part: each for part, each in self.table.items() if part != TEMPLATES_ONLY}
        compact = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
        body = f"globalThis.consoleWords={compact}\n"
        return static_files.pack(body.encode(), "text/javascript; charset=utf-8")

    @property
    def address(self) -> str:
        """The path of the script, which changes with its content."""
        digest = self.script.etag.strip('"')
        return f"/review/words/{self.lang}-{digest}.js"

    def _shown(self, found: re.Match[str], values: Mapping[str, Any]) -> str:
        name = found[1]
        if name not in values:
            return found[0]
        value = values[name]
        return str(escape(i18n.words(self.lang).number(value) if type(value) is int else value))


def languages() -> tuple[str, ...]:
    """Return the languages that the console has been translated to."""
    return tuple(lang for lang in NAMES if (SOURCE / lang).is_dir())


@cache
def console_words(lang: str) -> ConsoleWords:
    """Return the texts of one of the `languages()`."""
    return ConsoleWords(lang, _over(_parts("en"), _parts(lang)))


def asked() -> ConsoleWords:
    """Return the texts of the request: the moderator's choice, else the browser's, else English."""
    known = languages()
    chosen = request.cookies.get(COOKIE, "")
    if chosen in known:
        return console_words(chosen)
    for tag, quality in request.accept_languages:
        wanted = tag[:2].lower()
        found = next((lang for lang in known if lang[:2] == wanted), None)
        if found and quality > 0:
            return console_words(found)
    return console_words("en")


def in_templates() -> dict[str, Any]:
    """Return what the console's templates need for their language."""
    words = asked()
    return {
        "words": words,
        "t": words.t,
        "languages": [(lang, NAMES[lang]) for lang in languages()],
    }


def send(name: str) -> Response:
    """Return the script of a language; one of another release is only cached briefly."""
    lang, _, _ = name.rpartition("-")
    if lang not in languages():
        abort(404)
    words = console_words(lang)
    current = words.address.endswith(f"/{name}.js")
    return static_files.send(words.script, _IMMUTABLE if current else _BRIEF)


def _parts(lang: str) -> dict[str, Any]:
    files = sorted((SOURCE / lang).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


def _over(english: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the English texts with those of another language in their place.

    The order stays, since lists of choices are shown in the order of the English texts.
    """
    merged: dict[str, Any] = {}
    for name, text in english.items():
        given = other.get(name, text)
        both = isinstance(text, dict) and isinstance(given, dict)
        merged[name] = _over(text, given) | (given if "other" in text else {}) if both else given
    return merged
