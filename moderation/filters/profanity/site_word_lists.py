"""A site's own lists as one matcher: blocked, suspect and allowed words, phrases and patterns."""

import re
import unicodedata
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from threading import Lock
from weakref import WeakValueDictionary

from moderation.domain.judgement import Span, WordLists
from moderation.domain.writing import folded, in_word, is_mark

from ..text.characters import alphabet
from ..text.document import Text, points
from ..text.string_matcher import Matcher
from .wildcards import REACH, Places

MAX_LISTS = 32
#: Maximum size of the cache in list entries: a hundred thousand take 40 MB.
MAX_ENTRIES = 300_000


@dataclass(frozen=True, slots=True)
class _Entry:
    word: str
    kind: str
    #: A `*` at this end: the word may continue.
    open_left: bool
    open_right: bool
    #: The literal parts around each `*` in the middle; empty where there is none.
    parts: tuple[str, ...] = ()


class SiteLists:
    """The compiled lists of one site, for one version of them."""

    def __init__(self, words: WordLists) -> None:
        self._entries: list[list[_Entry]] = []
        keys: dict[str, int] = {}
        for kind, entries in (
            ("block", words.block),
            ("suspect", words.suspect),
            ("allow", words.allow),
        ):
            for word in entries:
                keyed = _compile(word, kind)
                if keyed is not None:
                    key, entry = keyed
                    index = keys.setdefault(key, len(keys))
                    if index == len(self._entries):
                        self._entries.append([])
                    self._entries[index].append(entry)
        self.size = len(words.block) + len(words.suspect) + len(words.allow)
        self._matcher = Matcher(list(keys))

    def find(self, text: Text) -> tuple[list[Span], dict[str, list[Span]], dict[str, list[Span]]]:
        """Return allowed spans, and blocked and suspect words with their spans in `clean`."""
        found: dict[str, dict[str, list[Span]]] = {"block": {}, "suspect": {}, "allow": {}}
        for view, places in _views(text):
            for entry, (first, last) in self._matches(view):
                if places is not None:
                    first, last = places[first], _past_marks(text.clean, places[last - 1] + 1)
                spans = found[entry.kind].setdefault(entry.word, [])
                if (first, last) not in spans[-4:]:
                    spans.append((first, last))
        allowed = [span for spans in found["allow"].values() for span in spans]
        cover = Cover(allowed)
        for kind in ("block", "suspect"):
            for word, spans in list(found[kind].items()):
                found[kind][word] = [span for span in spans if span not in cover]
                if not found[kind][word]:
                    del found[kind][word]
        return allowed, found["block"], found["suspect"]

    def _matches(self, view: str) -> Iterator[tuple[_Entry, Span]]:
        starred: dict[int, _Entry] = {}
        for index, begin, end in self._matcher.find_all(view):
            for entry in self._entries[index]:
                if entry.parts:
                    starred[id(entry)] = entry
                elif _stands_alone(view, begin, end, entry):
                    yield entry, _extended(view, begin, end, entry)
        if starred:
            places = Places(view)
            for entry in starred.values():
                for span in places.find(entry.parts, entry.open_left, entry.open_right):
                    yield entry, _extended(view, *span, entry)


class Cover:
    """A set of spans that may overlap; contains a span if one of them contains all of it."""

    def __init__(self, spans: Iterable[Span]) -> None:
        ordered = sorted(spans)
        self._begins = [begin for begin, _ in ordered]
        self._reached = list(accumulate((end for _, end in ordered), max))

    def __contains__(self, span: Span) -> bool:
        index = bisect_right(self._begins, span[0])
        return index > 0 and span[1] <= self._reached[index - 1]


def _compile(word: str, kind: str) -> tuple[str, _Entry] | None:
    shown = word.strip()
    plain = " ".join(_folded(Text(unicodedata.normalize("NFC", shown)))[0].split())
    inner = plain.strip("*")
    if not inner.strip():
        return None
    parts = tuple(filter(None, inner.split("*"))) if "*" in inner else ()
    key = max(parts, key=len) if parts else inner
    return key, _Entry(shown, kind, plain.startswith("*"), plain.endswith("*"), parts)


_UNUSUAL = re.compile(r"\s\s|[\t\n\r]")
_LEET = re.compile(r"[a-z][0-9@$!|]+[a-z]|[0-9@$!|][a-z]{2}|[a-z]{2}[0-9@$|]")
_INNER = re.compile(r"(?<=[^\W\d_])[._\-*~|/\\'’](?=[^\W\d_])")
_SPELLED = re.compile(r"(?<![^\W_])[^\W\d_](?:[\s._\-*~|/\\]{1,3}[^\W\d_]){2,}(?![^\W_])")
_LEET_LETTERS = str.maketrans("013457@$!|", "oieastasii")
_MARKED = re.compile(r"[^\x00-\x7f]")


def _views(text: Text) -> list[tuple[str, list[int] | None]]:
    """Return the folded text, and variants of it without possible disguises."""
    lower, origins = _folded(text)
    views: list[tuple[str, list[int] | None]] = [(lower, origins)]

    def add(view: str, places: list[int]) -> None:
        views.append((view, [origins[i] for i in places] if origins is not None else places))

    if _LEET.search(lower) is not None:
        views.append((lower.translate(_LEET_LETTERS), origins))
    if _MARKED.search(lower) is not None:
        letters = alphabet().letters[points(lower)].tolist()
        view = "".join(
            chr(96 + code) if 0 < code < 27 else lower[i] for i, code in enumerate(letters)
        )
        views.append((view, origins))
    if _INNER.search(lower) is not None or _SPELLED.search(lower) is not None:
        dropped = {m.start() for m in _INNER.finditer(lower)}
        for match in _SPELLED.finditer(lower):
            dropped.update(
                i for i in range(*match.span()) if not (lower[i].isalnum() or is_mark(lower[i]))
            )
        places = [i for i in range(len(lower)) if i not in dropped]
        add("".join(lower[i] for i in places), places)
    if _UNUSUAL.search(lower) is not None:
        places = [
            i
            for i, c in enumerate(lower)
            if not c.isspace() or (i > 0 and not lower[i - 1].isspace())
        ]
        add("".join(" " if lower[i].isspace() else lower[i] for i in places), places)
    return views


def _folded(text: Text) -> tuple[str, list[int] | None]:
    """Return `clean` folded, and the offset of each character; None where they are equal."""
    clean = text.clean
    if text.raw.isascii() and clean.isascii():
        return text.lower.replace("`", "'"), None
    if unicodedata.is_normalized("NFC", text.raw) and unicodedata.is_normalized("NFC", clean):
        readings = list(map(folded, clean))
        whole = "".join(readings)
        if len(whole) == len(clean) and "" not in readings:
            return whole, None
        return whole, [place for place, reading in enumerate(readings) for _ in reading]
    read: list[str] = []
    places: list[int] = []
    for place, character in enumerate(clean):
        typed = text.typed(place, place + 1)
        if len(typed) > 1 and typed[0] == character:
            # An accent typed as its own character; of many marks only the first three can count.
            character = unicodedata.normalize("NFC", typed[:4])[0]
        elif read and is_mark(character):
            whole = unicodedata.normalize("NFC", read[-1] + character)
            if len(whole) == 1:
                read[-1] = whole
                continue
        for part in folded(character):
            read.append(part)
            places.append(place)
    return "".join(read), places


def _past_marks(clean: str, end: int) -> int:
    """Return the end of a letter including the marks on it."""
    while end < len(clean) and is_mark(clean[end]):
        end += 1
    return end


def _stands_alone(view: str, begin: int, end: int, entry: _Entry) -> bool:
    """Return whether each end is at a word boundary or open."""
    # A word that begins or ends with a sign has a boundary everywhere.
    if not entry.open_left and in_word(view, begin):
        return False
    return entry.open_right or not in_word(view, end)


def _extended(view: str, begin: int, end: int, entry: _Entry) -> Span:
    """Return the span with the rest of the word at its open ends."""
    if entry.open_left:
        low = max(0, begin - REACH)
        while begin > low and in_word(view, begin):
            begin -= 1
    if entry.open_right:
        high = min(len(view), end + REACH)
        while end < high and in_word(view, end):
            end += 1
    return begin, end


_cache: OrderedDict[tuple[str, int], SiteLists] = OrderedDict()
#: All lists still in use, also beyond the cache's size: sites hold theirs with their settings.
_in_use: WeakValueDictionary[tuple[str, int], SiteLists] = WeakValueDictionary()
_lock = Lock()


def compiled(words: WordLists) -> SiteLists | None:
    """Return the matcher of a site's lists; None where they are empty.

    Compiled once per version of the lists and cached while in use.
    """
    if not (words.block or words.suspect or words.allow):
        return None
    # Lists without a version are small ones from code, so hashing them is cheap.
    key = (words.version, 0) if words.version else ("", hash(words))
    with _lock:
        cached = _in_use.get(key)
        if cached is not None:
            if key in _cache:
                _cache.move_to_end(key)
            return cached
    new = SiteLists(words)
    with _lock:
        _cache[key] = _in_use[key] = new
        while len(_cache) > 1 and (
            len(_cache) > MAX_LISTS or sum(lists.size for lists in _cache.values()) > MAX_ENTRIES
        ):
            _cache.popitem(last=False)
    return new
