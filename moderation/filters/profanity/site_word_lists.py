"""A site's own lists as one matcher: blocked, suspect and allowed words, phrases and patterns."""

import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from threading import Lock
from weakref import WeakValueDictionary

from moderation.domain.judgement import Span, WordLists

from .alphabet import alphabet
from .matcher import Matcher
from .stars import REACH, Places
from .text import Text

KEPT = 32
#: Entries of all lists that are kept for whoever comes: a hundred thousand take 40 MB.
KEPT_ENTRIES = 300_000


@dataclass(frozen=True, slots=True)
class _Entry:
    word: str
    kind: str
    #: A `*` at that end: the word may go on.
    open_left: bool
    open_right: bool
    #: What stands before, between and after each `*` in the middle; empty where there is none.
    parts: tuple[str, ...] = ()


class SiteLists:
    """The compiled lists of one site, for as long as their version stands."""

    def __init__(self, words: WordLists) -> None:
        self._entries: list[list[_Entry]] = []
        keys: dict[str, int] = {}
        for kind, entries in (
            ("block", words.block),
            ("suspect", words.suspect),
            ("allow", words.allow),
        ):
            for word in entries:
                made = _compile(word, kind)
                if made is not None:
                    key, entry = made
                    at = keys.setdefault(key, len(keys))
                    if at == len(self._entries):
                        self._entries.append([])
                    self._entries[at].append(entry)
        self.size = len(words.block) + len(words.suspect) + len(words.allow)
        self._matcher = Matcher(list(keys))

    def find(self, text: Text) -> tuple[list[Span], dict[str, list[Span]], dict[str, list[Span]]]:
        """Return allowed spans, and blocked and suspect words with their spans in `clean`."""
        found: dict[str, dict[str, list[Span]]] = {"block": {}, "suspect": {}, "allow": {}}
        for view, places in _views(text):
            for entry, (first, last) in self._matches(view):
                if places is not None:
                    first, last = places[first], places[last - 1] + 1
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
                for span in places.of(entry.parts, entry.open_left, entry.open_right):
                    yield entry, _extended(view, *span, entry)


class Cover:
    """Spans that may overlap; a span is in it when one of them holds it whole."""

    def __init__(self, spans: Iterable[Span]) -> None:
        ordered = sorted(spans)
        self._begins = [begin for begin, _ in ordered]
        self._reached = list(accumulate((end for _, end in ordered), max))

    def __contains__(self, span: Span) -> bool:
        at = bisect_right(self._begins, span[0])
        return at > 0 and span[1] <= self._reached[at - 1]


def _compile(word: str, kind: str) -> tuple[str, _Entry] | None:
    shown = word.strip()
    plain = " ".join(Text(shown).lower.split())
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
    """The lower-case text, and where something hides in it the text without that."""
    lower = text.lower
    views: list[tuple[str, list[int] | None]] = [(lower, None)]
    if _LEET.search(lower) is not None:
        views.append((lower.translate(_LEET_LETTERS), None))
    if _MARKED.search(lower) is not None:
        letters = alphabet().letters[text.points].tolist()
        views.append(
            (
                "".join(
                    chr(96 + code) if 0 < code < 27 else lower[i] for i, code in enumerate(letters)
                ),
                None,
            )
        )
    if _INNER.search(lower) is not None or _SPELLED.search(lower) is not None:
        dropped = {m.start() for m in _INNER.finditer(lower)}
        for match in _SPELLED.finditer(lower):
            dropped.update(i for i in range(*match.span()) if not lower[i].isalnum())
        places = [i for i in range(len(lower)) if i not in dropped]
        views.append(("".join(lower[i] for i in places), places))
    if _UNUSUAL.search(lower) is not None:
        places = [
            i
            for i, c in enumerate(lower)
            if not c.isspace() or (i > 0 and not lower[i - 1].isspace())
        ]
        views.append(("".join(" " if lower[i].isspace() else lower[i] for i in places), places))
    return views


def _stands_alone(view: str, begin: int, end: int, entry: _Entry) -> bool:
    """Say whether neither end is within a word, unless it is open."""
    if not entry.open_left and begin > 0 and view[begin - 1].isalnum() and view[begin].isalnum():
        return False
    return (
        entry.open_right
        or end == len(view)
        or not (view[end].isalnum() and view[end - 1].isalnum())
    )


def _extended(view: str, begin: int, end: int, entry: _Entry) -> Span:
    """Return the span with the rest of the word at its open ends."""
    if entry.open_left:
        low = max(0, begin - REACH)
        while begin > low and view[begin - 1].isalnum():
            begin -= 1
    if entry.open_right:
        high = min(len(view), end + REACH)
        while end < high and view[end].isalnum():
            end += 1
    return begin, end


_cache: OrderedDict[tuple[str, int], SiteLists] = OrderedDict()
#: Those that somebody holds on to, however many they are: a site's, as long as its settings stand.
_held: WeakValueDictionary[tuple[str, int], SiteLists] = WeakValueDictionary()
_lock = Lock()


def compiled(words: WordLists) -> SiteLists | None:
    """Return the matcher of a site's lists; None where they are empty.

    Made once per version of the lists and kept while in use.
    """
    if not (words.block or words.suspect or words.allow):
        return None
    # Lists without a version are small ones that somebody wrote by hand.
    key = (words.version, 0) if words.version else ("", hash(words))
    with _lock:
        kept = _held.get(key)
        if kept is not None:
            if key in _cache:
                _cache.move_to_end(key)
            return kept
    made = SiteLists(words)
    with _lock:
        _cache[key] = _held[key] = made
        while len(_cache) > 1 and (
            len(_cache) > KEPT or sum(lists.size for lists in _cache.values()) > KEPT_ENTRIES
        ):
            _cache.popitem(last=False)
    return made
