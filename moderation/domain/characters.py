"""Cleaning of characters on input, and escaping of them on output.

`name`, `line` and `paragraphs` clean typed text, the strictest first; `is_visible` detects
texts that readers would see as blank; `escaped` is for terminals, logs and tables.
"""

import json
import re
import unicodedata

#: Combining marks kept on one letter. Vietnamese uses two, Hebrew with points and accents up to
#: five, and stacked Tibetan letters, which are marks, seven.
MARKS_IN_NAMES = 4
MARKS_IN_TEXTS = 8

_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
#: C0 and C1 except tabs and line breaks.
_CONTROLS = "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"
_BREAKS = "\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029"
_EMBEDDINGS = "\u202a-\u202e\u2066-\u2069"
#: Obsolete format characters, annotations and the object replacement character.
_OBSOLETE = "\u206a-\u206f\ufff9-\ufffc"
#: Zero-width spaces, joins and marks that no name needs; emoji and Persian need U+200C and U+200D.
_UNSEEN = "\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2065\ufeff\U0001d173-\U0001d17a"
#: Letters and symbols that are drawn as an empty space.
_BLANKS = "\u2800\u3164\uffa0"

# Flags of England, Scotland and Wales are spelled in tags; elsewhere tags hide a text.
_DROPPED = re.compile(
    "(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)"
    f"|[{_CONTROLS}{_NONCHARACTERS}{_OBSOLETE}\U000e0000-\U000e007f]"
)
_UNSAFE = re.compile(f"[{_CONTROLS}{_BREAKS}\t{_NONCHARACTERS}{_EMBEDDINGS}\ud800-\udfff]")
_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
_GAP = re.compile(f"[ \t{_BREAKS}{_BLANKS}]+")
_WIDE_GAP = re.compile(r"([^\S \t\n])(?:[^\S\n])+")
_HAS_EMBEDDINGS = re.compile(f"[{_EMBEDDINGS}]")
_NAMELESS = re.compile(f"[{_EMBEDDINGS}{_UNSEEN}]")
# Joiners belong between letters of a joining script or two emoji; not in Latin, Greek, Cyrillic.
_STRAY_JOINERS = re.compile(
    "(?<![\u0590-\U0010ffff])[\u200c\u200d]|[\u200c\u200d](?![\u0590-\U0010ffff])"
)
_MANY_JOINERS = re.compile("[\u200c\u200d]{2,}")
#: A fast path that covers most texts: none of these characters is a mark.
_PLAIN = re.compile(
    "[\t\n -~\u00a0-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u205e\u20a0-\u20cf"
    "\u2100-\u27ff\u3000-\u3029\u3030-\u3098\u309b-\u9fff\uac00-\ud7ff\U0001f300-\U0001faff]*"
)


def name(text: str) -> str:
    """Return a cleaned name: one line, no invisible characters, few marks on each letter."""
    if text.isascii() and text.isprintable():
        return _GAP.sub(" ", text).strip()
    cleaned = _NAMELESS.sub("", _on_one_line(text))
    cleaned = _MANY_JOINERS.sub(lambda match: match[0][0], cleaned)
    return _limit_marks(_STRAY_JOINERS.sub("", cleaned), MARKS_IN_NAMES).strip()


def line(text: str) -> str:
    """Return a cleaned single line: a title, a reason or a search term."""
    if text.isascii() and text.isprintable():
        return _GAP.sub(" ", text).strip()
    cleaned = _HAS_EMBEDDINGS.sub("", _on_one_line(text))
    return _limit_marks(cleaned, MARKS_IN_TEXTS).strip()


def paragraphs(text: str) -> str:
    """Return a cleaned text of several lines, without control characters.

    Arabic and Hebrew writers mix directions: within a line, embeddings and isolates that are
    closed stay. Overrides are removed, and so is every embedding that is left open.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    cleaned = _DROPPED.sub(_keep_flag, _BREAK.sub("\n", text))
    if _HAS_EMBEDDINGS.search(cleaned):
        cleaned = "\n".join(map(_balanced, cleaned.split("\n")))
    return _limit_marks(cleaned, MARKS_IN_TEXTS).strip()


def is_visible(text: str) -> bool:
    """Return whether any character of a text is visible."""
    return any(map(_is_drawn, text))


def is_name(text: str) -> bool:
    """Return whether a text is a visible name that `name` would leave unchanged."""
    return text == name(text) and is_visible(text) and not has_lone_surrogate(text)


def is_identifier(text: str) -> bool:
    """Return whether a text is a usable identifier: not blank, no controls or line breaks."""
    if text.isascii() and text.isprintable():
        return text != "" and not text.isspace()
    return not _UNSAFE.search(text) and is_visible(text)


def has_lone_surrogate(text: str) -> bool:
    """Return whether a text has half of a surrogate pair, which no Unicode encoding can store."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def escaped(text: str) -> str:
    r"""Return a text with controls, line breaks and overrides escaped, like `\x1b`.

    A terminal would obey them, and a table would break at them.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_escape, text)


def in_json(line: str) -> str:
    r"""Return one line of JSON with the same characters escaped, like `\u009b`."""
    return _UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], line)


def _escape(match: re.Match[str]) -> str:
    point = ord(match[0])
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _on_one_line(text: str) -> str:
    return _WIDE_GAP.sub(r"\1", _GAP.sub(" ", _DROPPED.sub(_keep_flag, text)))


def _keep_flag(match: re.Match[str]) -> str:
    return match[1] or ""


def _balanced(text: str) -> str:
    """Keep the embeddings and isolates that are closed within this line; drop all others."""
    still_open: list[tuple[int, str]] = []
    isolates = 0
    kept: set[int] = set()
    for match in _HAS_EMBEDDINGS.finditer(text):
        place, control = match.start(), match[0]
        if control not in "\u202c\u2069":
            still_open.append((place, control))
            isolates += control >= "\u2066"
        elif control == "\u202c":
            if still_open and still_open[-1][1] <= "\u202e":
                opened, kind = still_open.pop()
                if kind < "\u202c":
                    kept.update((opened, place))
        elif isolates:
            isolates -= 1
            # Closing an isolate also closes all that was opened within it.
            opened, kind = still_open.pop()
            while kind < "\u2066":
                opened, kind = still_open.pop()
            kept.update((opened, place))
    return _HAS_EMBEDDINGS.sub(lambda match: match[0] if match.start() in kept else "", text)


def _limit_marks(text: str, limit: int) -> str:
    """Drop marks beyond `limit` on one letter; a joiner between them starts no new letter."""
    if _PLAIN.fullmatch(text):
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            marks += 1
            if marks > (MARKS_IN_TEXTS if "\u0f71" <= character <= "\u0fbc" else limit):
                continue
        elif category != "Cf":
            marks = 0
        kept.append(character)
    return text if len(kept) == len(text) else "".join(kept)


#: Categories that are invisible by themselves: marks, spaces, controls and lone surrogates.
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Mn", "Me", "Zs", "Zl", "Zp"})
#: Signs of Arabic numbers and of Syriac have an invisible category, but are drawn.
_DRAWN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
_EMPTY = re.compile(
    f"[{_BLANKS}\u115f\u1160\u2065\ufff0-\ufff8\ufffc\U0001d159\U00013441\U00013442"
    f"{_NONCHARACTERS}\U000e0000-\U000e0fff]"
)


def _is_drawn(character: str) -> bool:
    if unicodedata.category(character) in _UNSEEN_KINDS:
        return _DRAWN.match(character) is not None
    return _EMPTY.match(character) is None
