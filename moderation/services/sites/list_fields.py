"""The entries of a site's lists, checked one by one: words, domains and names."""

import re
from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, fields, validate

from moderation.domain import characters
from moderation.domain.errors import FieldError, Invalid
from moderation.domain.languages import LANGUAGES
from moderation.domain.reports import BUILT_IN, LONGEST_LABEL, read_line
from moderation.filters.text.urls import host_of

from ..text_fields import require_storable

#: Entries of one list.
MOST = 200_000
#: Invalid entries that are reported; the check stops there.
MOST_PROBLEMS = 20
_LONGEST_WORD = 100
_LONGEST_DOMAIN = 253
_LONGEST_LINE = 160
_LONGEST_TITLE = 200
#: A claim `sub`, and a login.
_LONGEST_ID = 255
_LONGEST_LOGIN = 80
_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]{2,45}\]")
_SCHEME = re.compile(r"[a-z]{1,10}://", re.IGNORECASE)


class Entries(fields.List[str]):
    """A list of short texts, each normalised and kept once, in the given order.

    Errors are reported by the entry's index, so that a page can show its line.
    """

    def __init__(self, tidy: Callable[[str], str], *, most: int = MOST, **options: Any) -> None:
        super().__init__(fields.String(), validate=validate.Length(max=most), **options)
        self._tidy = tidy

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> list[str | None]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        kept: dict[str | None, None] = {}
        wrong: dict[int, list[Any]] = {}
        for place, entry in enumerate(value):
            try:
                kept[self._tidy(entry)] = None
            except ValidationError as error:
                wrong[place] = error.messages if isinstance(error.messages, list) else []
                if len(wrong) == MOST_PROBLEMS:
                    break
        if wrong:
            raise ValidationError(wrong)
        return list(kept)


def language(entry: Any) -> str:
    """Return the code of a language that can be recognised; raise ValidationError."""
    if not isinstance(entry, str) or entry.strip().lower() not in LANGUAGES:
        raise ValidationError(f"Must be one of: {', '.join(LANGUAGES)}.")
    return entry.strip().lower()


def article_moderator(entry: Any) -> str:
    """Return an entry `SUB = LOGIN`; raise ValidationError."""
    if not isinstance(entry, str):
        raise ValidationError("Not a valid string.")
    require_storable(entry)
    id, login = pair(entry)
    if not 1 <= len(id) <= _LONGEST_ID or not 1 <= len(login) <= _LONGEST_LOGIN:
        raise ValidationError("Must be the reader's sub, an equals sign, and a moderator's login.")
    return f"{id} = {login}"


def pair(entry: str) -> tuple[str, str]:
    """Return the reader's id and the moderator's login of an entry; logins have no `=` there."""
    id, _, login = entry.rpartition("=")
    return id.strip(), login.strip()


def word(entry: Any) -> str:
    """Return a normalised word or phrase, possibly with `*`; raise ValidationError."""
    normalised = name(entry)
    if not normalised.strip("* "):
        raise ValidationError("Must have letters beside `*`.")
    return normalised


def name(entry: Any, longest: int = _LONGEST_WORD) -> str:
    """Return a text of one line with single spaces; raise ValidationError."""
    if not isinstance(entry, str):
        raise ValidationError("Not a valid string.")
    entry = entry.replace("\0", " ")
    require_storable(entry)
    normalised = characters.name(entry)
    if entry.strip() and not characters.is_visible(normalised):
        raise ValidationError("Must have a visible character.")
    if not 1 <= len(normalised) <= longest:
        raise ValidationError(f"Length must be between 1 and {longest}.")
    return normalised


def title(text: str) -> str:
    """Return a site's title as it is stored; raise Invalid without a visible character."""
    kept = characters.line(text)
    unseen = text.strip() != "" and not characters.is_visible(kept)
    if unseen or len(kept) > _LONGEST_TITLE or characters.has_lone_surrogate(kept):
        wrong = FieldError("#/title", f"at most {_LONGEST_TITLE} visible characters")
        raise Invalid(
            f"This title is not valid. Use at most {_LONGEST_TITLE} visible characters.",
            errors=(wrong,),
        )
    return kept


def domain(entry: Any) -> str:
    """Return a host in lower case and ASCII; raise ValidationError for other parts of a URL."""
    if not isinstance(entry, str):
        raise ValidationError("Not a valid string.")
    written = entry.strip()
    bare = _SCHEME.sub("", written.removeprefix("*.").strip("."))
    host = host_of(bare)
    if len(host) > _LONGEST_DOMAIN or not _DOMAIN.fullmatch(host):
        raise ValidationError("Not a domain: write it like spam.example.")
    if "/" in written or "@" in written:
        raise ValidationError(f"Write only the domain: {host}.")
    return host


def report_reason(entry: Any) -> str:
    """Return a line of a site's reasons for reports; raise ValidationError."""
    line = name(entry, _LONGEST_LINE)
    if read_line(line) is None:
        raise ValidationError(
            f"Must be one of {', '.join(BUILT_IN)}, or a code with a label of at most "
            f"{LONGEST_LABEL} characters: `price: Wrong price`, `price.de: Falscher Preis`."
        )
    return line
