"""A site's list of reasons for reports, with labels in the reader's language."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from moderation.domain.reports import DEFAULT_REASONS, NEEDS, read_line

#: By language: labels of the reasons that ship.
_WORDS: Mapping[str, Mapping[str, str]] = json.loads(
    (Path(__file__).parent / "report_words.json").read_text(encoding="utf-8")
)
_DEFAULT = "en"


def language_of(asked: str, settings: Mapping[str, Any]) -> str:
    """Return the language for a reader: the requested one, else the site's, else English."""
    for wanted in (asked, str(settings.get("page_language", _DEFAULT)), _DEFAULT):
        for known in _WORDS:
            if known[:2] == wanted[:2].lower():
                return known
    return _DEFAULT


def codes_of(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the codes of a site's reasons, in the order of its list."""
    lines = [read_line(line) for line in settings.get("report_reasons") or ()]
    return tuple(dict.fromkeys(line.code for line in lines if line)) or DEFAULT_REASONS


def reasons(settings: Mapping[str, Any], asked: str = "") -> list[dict[str, Any]]:
    """Return a site's reasons as readers choose from them."""
    language = language_of(asked, settings)
    own = _own_labels(settings.get("report_reasons") or ())
    return [
        {"code": code, "label": _label(code, language, own), "needs": list(NEEDS.get(code, ()))}
        for code in codes_of(settings)
    ]


def _own_labels(lines: Iterable[str]) -> dict[tuple[str, str | None], str]:
    read = [line for line in map(read_line, lines) if line is not None]
    return {
        (line.code, line.language and line.language[:2]): line.label for line in read if line.label
    }


def _label(code: str, language: str, own: Mapping[tuple[str, str | None], str]) -> str:
    for key in ((code, language[:2]), (code, None)):
        if key in own:
            return own[key]
    shipped = _WORDS[language].get(code)
    # A code with labels in other languages only, or of an earlier list.
    return shipped or next((text for (each, _), text in own.items() if each == code), code)
