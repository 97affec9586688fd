"""A site's own lists as one matcher: blocked, suspect and allowed words, phrases and patterns."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from weakref import WeakValueDictionary

from moderation.domain.judgement import Span, WordLists

from .alphabet import alphabet
from .matcher import Matcher
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
    #: What a `*` in the middle asks for; None where there is none.
    whole: re.Pattern[str] | None


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
            for index, begin, end in self._matcher.find_all(view):
                for entry in self._entries[index]:
                    span = _bounded(view, begin, end, entry)
                    if span is None:
                        continue
                    first, last = span
                    if places is not None:
                        first, last = places[first], places[last - 1] + 1
                    spans = found[entry.kind].setdefault(entry.word, [])
                    if (first, last) not in spans[-4:]:
                        spans.append((first, last))
        allowed = [span for spans in found["allow"].values() for span in spans]
        for kind in ("block", "suspect"):
            for word, spans in list(found[kind].items()):
                found[kind][word] = [
                    s for s in spans if not any(b <= s[0] and s[1] <= e for b, e in allowed)
                ]
                if not found[kind][word]:
                    del found[kind][word]
        return allowed, found["block"], found["suspect"]


def _compile(word: str, kind: str) -> tuple[str, _Entry] | None:
    shown = word.strip()
    plain = " ".join(Text(shown).lower.split())
    inner = plain.strip("*")
    if not inner.strip():
        return None
    whole = None
    key = inner
    if "*" in inner:
        parts = inner.split("*")
        key = max(parts, key=len)
        whole = re.compile(r"\w{0,40}".join(re.escape(p) for p in parts))
    return key, _Entry(shown, kind, plain.startswith("*"), plain.endswith("*"), whole)


_UNUSUAL = re.compile(r"\s\s|[\t\n\r]")
_LEET = re.compile(r"[a-z][0-9@$!|]+[a-z]|[0-9@$!|]+[a-z]{2}|[a-z]{2}[0-9@$|]")
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


def _bounded(view: str, begin: int, end: int, entry: _Entry) -> Span | None:
    """Return the span if the entry's ends fall where it wants them."""
    if entry.whole is not None:
        low = max(0, begin - 80)
        for match in entry.whole.finditer(view, low, min(len(view), end + 80)):
            if match.start() <= begin and end <= match.end():
                begin, end = match.span()
                break
        else:
            return None
    if not entry.open_left and begin > 0 and view[begin - 1].isalnum() and view[begin].isalnum():
        return None
    if not entry.open_right and end < len(view) and view[end].isalnum() and view[end - 1].isalnum():
        return None
    if entry.open_left:
        low = max(0, begin - 40)
        while begin > low and view[begin - 1].isalnum():
            begin -= 1
    if entry.open_right:
        high = min(len(view), end + 40)
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
