"""Translations for pages rendered on the server: the widget's files and plural rules."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from .widget_bundle import GROUPS, SOURCE

LANGUAGES = (
    *("en", "de", "fr", "es", "uk", "ru", "ja", "ar"),
    *("it", "nl", "pl", "pt-BR", "sv", "cs", "tr", "zh"),
)


def _slavic(n: int) -> str:
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    return "few" if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else "many"


def _arabic(n: int) -> str:
    if n < 3:
        return ("zero", "one", "two")[n]
    if 3 <= n % 100 <= 10:
        return "few"
    return "many" if n % 100 >= 11 else "other"


def _germanic(n: int) -> str:
    return "one" if n == 1 else "other"


def _polish(n: int) -> str:
    return "one" if n == 1 else "many" if n % 10 == 1 else _slavic(n)


def _czech(n: int) -> str:
    return "one" if n == 1 else "few" if n in (2, 3, 4) else "other"


#: CLDR plural category of a whole number, for each language.
PLURALS: Mapping[str, Callable[[int], str]] = {
    "en": _germanic,
    "de": _germanic,
    "es": _germanic,
    "fr": lambda n: "one" if n in (0, 1) else "other",
    "uk": _slavic,
    "ru": _slavic,
    "ja": lambda n: "other",
    "ar": _arabic,
    "it": _germanic,
    "nl": _germanic,
    "pl": _polish,
    "pt-BR": lambda n: "one" if n in (0, 1) else "other",
    "sv": _germanic,
    "cs": _czech,
    "tr": _germanic,
    "zh": lambda n: "other",
}


#: Names of the months as used in a date; Japanese and Chinese number them.
MONTHS: Mapping[str, tuple[str, ...]] = {
    lang: tuple(names.split())
    for lang, names in {
        "en": "January February March April May June July August September October November "
        "December",
        "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre "
        "décembre",
        "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
        "diciembre",
        "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада "
        "грудня",
        "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre "
        "novembre dicembre",
        "nl": "januari februari maart april mei juni juli augustus september oktober november "
        "december",
        "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września "
        "października listopada grudnia",
        "pt-BR": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro "
        "dezembro",
        "sv": "januari februari mars april maj juni juli augusti september oktober november "
        "december",
        "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
        "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
        "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    }.items()
}
#: Format of a day in each language, with the separator before the time.
_DATES: Mapping[str, str] = {
    "en": "{day} {month} {year}, ",
    "de": "{day}. {month} {year}, ",
    "fr": "{day} {month} {year} à ",
    "es": "{day} de {month} de {year}, ",
    "uk": "{day} {month} {year} р., ",
    "ru": "{day} {month} {year} г., ",
    "ja": "{year}年{n}月{day}日 ",
    "ar": "{day} {month} {year}، ",
    "it": "{day} {month} {year}, ",
    "nl": "{day} {month} {year}, ",
    "pl": "{day} {month} {year}, ",
    "pt-BR": "{day} de {month} de {year}, ",
    "sv": "{day} {month} {year}, ",
    "cs": "{day}. {month} {year}, ",
    "tr": "{day} {month} {year}, ",
    "zh": "{year}年{n}月{day}日 ",
}
_THOUSANDS: Mapping[str, str] = {
    "de": ".",
    "es": ".",
    # Narrow and ordinary no-break spaces.
    "fr": "\u202f",
    "uk": "\u00a0",
    "ru": "\u00a0",
    "it": ".",
    "nl": ".",
    "pl": "\u00a0",
    "pt-BR": ".",
    "sv": "\u00a0",
    "cs": "\u00a0",
    "tr": ".",
}


def _read_page_words() -> dict[str, dict[str, str]]:
    folder = Path(__file__).parent / "static"
    files = [
        json.loads((folder / f"{name}_words.json").read_text(encoding="utf-8"))
        for name in ("page", "privacy")
    ]
    return {lang: {**files[0][lang], **files[1][lang]} for lang in files[0]}


PAGE_WORDS: Mapping[str, Mapping[str, str]] = _read_page_words()


@dataclass(frozen=True, slots=True)
class Words:
    """Texts for readers in one language."""

    lang: str
    table: Mapping[str, str | Mapping[str, str]]

    @property
    def dir(self) -> str:
        return "rtl" if self.lang == "ar" else "ltr"

    def t(self, key: str, n: int = 0, **values: str) -> str:
        """Return the text of a key with the names filled in; `n` selects the plural."""
        words = self.table[key]
        if not isinstance(words, str):
            words = words[PLURALS[self.lang](n)]
        return words.format(n=n, **values)

    def page(self, key: str, **values: str) -> str:
        """Return a text of the pages without scripts, which the widget does not load."""
        return PAGE_WORDS[self.lang][key].format(**values)

    def number(self, n: int) -> str:
        """Return a whole number with thousands separators."""
        return f"{n:,}".replace(",", _THOUSANDS.get(self.lang, ","))

    def wait(self, seconds: int) -> str:
        """Return a duration in the largest unit that is precise enough."""
        for unit, length in (("hours", 3600), ("minutes", 60)):
            if seconds >= 2 * length or seconds == length:
                return self.page(unit, n=self.number(round(seconds / length)))
        return self.page("seconds", n=str(seconds))

    def date(self, moment: datetime | str) -> str:
        """Format the day and time in UTC in this language.

        A page without scripts does not know its reader's time zone.
        """
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        at = moment.astimezone(UTC)
        month = MONTHS[self.lang][at.month - 1] if self.lang in MONTHS else ""
        day = _DATES[self.lang].format(day=at.day, month=month, n=at.month, year=at.year)
        return f"{day}{at:%H:%M}"


def words(lang: str) -> Words:
    """Return the texts of a language; English when it is unknown."""
    asked = lang[:2].lower()
    # Only known languages are cached: a client can invent any number of others.
    return _words(next((known for known in LANGUAGES if known[:2] == asked), "en"))


@cache
def _words(known: str) -> Words:
    table = json.loads((SOURCE / "lang" / f"{known}.json").read_text(encoding="utf-8"))
    groups = [table.pop(group) for group in GROUPS]
    for group in groups:
        table |= group
    return Words(known, table)
