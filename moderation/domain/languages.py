"""The languages that a comment's text can be recognised as, by code, and their names."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

#: English names by two-letter code.
LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "ar": "Arabic", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan",
        "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
        "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French",
        "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian",
        "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese",
        "ka": "Georgian", "ko": "Korean", "la": "Latin", "mk": "Macedonian", "nl": "Dutch",
        "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
        "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish",
        "ta": "Tamil", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
        "vi": "Vietnamese", "zh": "Chinese",
    }
)  # fmt: skip
UNKNOWN = "unknown"

#: Languages that one or two sentences do not tell apart: a site that takes one takes both.
_ALIKE = (frozenset({"da", "no"}), frozenset({"hr", "sr"}), frozenset({"cs", "sk"}))


def takes(languages: Iterable[str], language: str) -> bool:
    """Return whether a site with these languages takes a text in a language.

    A site without languages takes all, and any site takes a text of unknown language.
    """
    taken = set(languages)
    return (
        not taken
        or language == UNKNOWN
        or language in taken
        or any(language in alike and not taken.isdisjoint(alike) for alike in _ALIKE)
    )


def names(languages: Iterable[str]) -> str:
    """Return the names of languages as a list in a sentence."""
    listed = [LANGUAGES.get(code, code) for code in languages]
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
