"""Profanity, however it is spelled, and the site's own words.

The built-in list is matched on the letters alone, so that what was put between, around or in
place of them does not hide a word; then every hit has to explain itself: where its edges are,
what stood between its letters, and whether the word is one that only bad company makes bad.
"""

import re
from dataclasses import dataclass

from moderation.domain.judgement import (
    AUTHOR_NAME,
    AUTHOR_WEBSITE,
    TEXT,
    TITLE,
    Draft,
    Facts,
    Findings,
    Rules,
    Signal,
    Span,
)
from moderation.domain.reasons import Code

from . import lexicon, sitewords
from .lexicon import Entry, Pattern
from .text import Letters, Text, alphabet

MAX_SPANS = 50
#: After so many hits only worse words are looked at: more of the same changes nothing.
ENOUGH = 64
_TOKEN_LIMIT = 48
#: What is run together with a word is itself no longer than this.
_GLUE_LIMIT = 18

_SIGNS = re.compile(r"[0-9@$!|€£¥§¢µ®¡+(<{\[]+")
_MASKED = re.compile(
    r"(?:[a-z][a-z0-9@$!]{0,14}|(?=\*))(?:[*#%?•●×~^_.\-–—]{1,9}[a-z0-9@$!]{0,14}){1,4}"
)
_MASK = re.compile(r"[*#%?•●×~^_.\-–—]+")
_MASK_LETTERS = str.maketrans("@$!013457", "asioieast")
_MASKABLE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789@$!")
_ASS = re.compile(r"[a@4](?:[s$5]{2,}(?:es)?|([\W_]{1,3})s\1s(?:\1e\1s)?)(?![^\W_])")
_ADJECTIVES = (
    "fucking|fuckin|fkn|fking|bloody|goddamn|damn|stupid|little|big|fat|total|complete|lying|ugly|"
    "dumb|dirty|old|lazy|silly|filthy|absolute|real|massive|cheap|pathetic|sad|sick|huge|whiny|"
    "arrogant|ignorant|fucken|worthless|useless|cowardly|racist|crazy|spineless"
)
_TOLD = re.compile(
    rf"(?:(?<![^\W_])(?:you|u|ya|you'?re|you’re|ur|youre|yous)(?:\s+(?:are|r|is))?(?:\s+such)?"
    rf"(?:\s+an?|\s+the)?(?:\s+(?:{_ADJECTIVES})){{0,3}}"
    rf"|(?<![^\W_])(?:such|what|being|like|is|he'?s|she'?s|was|are)\s+an?"
    rf"(?:\s+(?:{_ADJECTIVES})){{0,3}}"
    r"|(?<![^\W_])(?:suck|lick|eat|kiss|bite|sucking|sucks|sucked|licking|blow)"
    r"(?:\s+(?:my|his|your|her|some|a|on|fat|big))*"
    r"|(?<![^\W_])(?:fucking|fuckin|fkn|stupid|dumb|lying|ugly|dirty|filthy|racist|worthless))"
    r"[\s,]+$"
)
_OWNED = re.compile(
    r"(?<![^\W_])(?:my|your|ur|hard|erect|tiny|wet|tight|juicy|kick(?:s|ed|ing)?"
    r"|(?:up|in|out of|off) (?:the|your|his|her|my|their)|\w{1,20}['’]s)\s+$"
)
_OPENERS = frozenset("!(<{[")
_NO_SEPARATORS = frozenset('()[]{}<>=:;"')
_URL = re.compile(r"(?:https?://|www\.)\S+")
_BODILY = frozenset(["ass", "dick", "cock", "tits", "cum"])
_NAMES = frozenset({"insult", "ethnic", "orientation", "disability"})
_ALONE_IS_FINE = frozenset({"insult", "violence"})
_ADDRESSED = frozenset({"insult", "sexual", "ethnic", "orientation", "disability"})


_GLUED_BEFORE = frozenset(["u", "my", "ur", "yo", "da", "so", "go", "no", "oh"])
_GLUED_AFTER = frozenset(["u", "me", "ya", "yo"])


@dataclass(frozen=True, slots=True)
class Hit:
    """A listed word, where it stands in the clean text, and whether it hides there."""

    entry: Entry
    begin: int
    end: int
    disguised: bool


def find(text: Text) -> list[Hit]:
    """Return the profanities of a text, longest first where they overlap."""
    hits = list(_letter_hits(text))
    hits += _masked_hits(text)
    hits += _ass_hits(text)
    if not hits:
        return []
    lower = text.lower
    innocent = _covered(lower, lexicon.harmless())
    addresses = _covered(lower, _URL)
    kept: list[Hit] = []
    worst = 0.0
    reached = -1
    for hit in sorted(hits, key=lambda h: (h.begin, -h.end, -h.entry.score)):
        if hit.end <= reached or (len(kept) >= ENOUGH and hit.entry.score <= worst):
            continue
        if hit.begin in innocent:
            continue
        if hit.disguised and hit.begin in addresses:
            continue
        if not hit.disguised and not _counts_openly(text, hit):
            continue
        kept.append(hit)
        worst = max(worst, hit.entry.score)
        reached = hit.end
    return kept


def _covered(lower: str, pattern: re.Pattern[str]) -> set[int]:
    """Return all places within matches of a pattern."""
    return {place for match in pattern.finditer(lower) for place in range(*match.span())}


def _counts_openly(text: Text, hit: Hit) -> bool:
    """Say whether an undisguised word is meant as a profanity where it stands."""
    entry = hit.entry
    if entry.plain_in and text.language.code in entry.plain_in:
        return False
    if not entry.company and not entry.name:
        return True
    shown = text.clean[hit.begin : hit.end]
    capitalised = shown[:1].isupper() and shown[1:].islower()
    alone = len(text.clean.strip(" \t\n.,!?…\"'*_~`()-")) <= hit.end - hit.begin
    if entry.name and capitalised and (alone or not _starts_sentence(text.clean, hit)):
        return False
    if not entry.company:
        return not capitalised or not _followed_by_name(text.clean, hit.end)
    before = text.lower[max(0, hit.begin - 60) : hit.begin]
    if entry.category in _ADDRESSED and _TOLD.search(before) is not None:
        return True
    if entry.word in _BODILY and not capitalised and _OWNED.search(before) is not None:
        return True
    if entry.category in _NAMES and _called(text.lower, hit):
        return True
    if entry.score < 0.7 and entry.category in _ALONE_IS_FINE:
        return False
    return alone


def _called(lower: str, hit: Hit) -> bool:
    """Say whether somebody is called that: the word ends a sentence that is about "you"."""
    after = lower[hit.end : hit.end + 2].lstrip("\"'”’ ")
    if after and after[0] not in "!.?,\n":
        return False
    before = lower[max(0, hit.begin - 80) : hit.begin]
    if before.rstrip()[-1:] == ",":
        return True
    sentence = re.split(r"[.!?\n]", before)[-1]
    return re.search(r"(?<![^\W_])(?:you|u|your|ur|you['’]re)(?![^\W_])", sentence) is not None


def _starts_sentence(clean: str, hit: Hit) -> bool:
    before = clean[max(0, hit.begin - 3) : hit.begin].rstrip()
    return not before or before[-1] in ".!?\n"


def _followed_by_name(clean: str, end: int) -> bool:
    return clean[end : end + 1] == " " and clean[end + 1 : end + 2].isupper()


def _leet(clean: str) -> bool:
    """Say whether a sign or digit stands at a letter as if it were one."""
    for match in _SIGNS.finditer(clean):
        begin, end = match.span()
        if clean[end : end + 1].isalpha():
            return True
        if begin > 1 and clean[begin - 1] in "._-*/" and clean[begin - 2].isalpha():
            return True
        if begin and clean[begin - 1].isalpha() and not set(clean[begin:end]) <= _OPENERS:
            return True
    return False


def _letter_hits(text: Text) -> list[Hit]:
    found: list[Hit] = []
    views = [(text.plain_letters, lexicon.builtin(), False)]
    if _leet(text.clean):
        views.append((text.letters(alphabet().leet), lexicon.builtin_leet(), True))
    for letters, words, leet in views:
        worst, counted = 0.0, 0
        for index, begin, end in words.hits(letters.string):
            for pattern in words.patterns[index]:
                if counted >= ENOUGH and pattern.entry.score <= worst:
                    continue
                hit = _weigh(text, letters, begin, end, pattern, leet)
                if hit is not None:
                    found.append(hit)
                    if hit.disguised or not hit.entry.company:
                        counted += 1
                        worst = max(worst, hit.entry.score)
                    break
    return found


def _weigh(
    text: Text, letters: Letters, first: int, last: int, pattern: Pattern, leet: bool
) -> Hit | None:
    """Return the hit if the letters at runs[first:last] are that word, written there on purpose."""
    positions, runs, needs = letters.positions, letters.runs, pattern.needs
    for offset in range(1, len(needs) - 1):
        if runs[first + offset + 1] - runs[first + offset] < needs[offset]:
            return None
    # The outer runs may go on into other words: take what is needed, then what adjoins.
    j = runs[first + 1] - 1
    low = runs[first]
    need = needs[0] - 1
    while j > low and (need > 0 or positions[j - 1] == positions[j] - 1):
        j -= 1
        need -= 1
    if need > 0:
        return None
    k = runs[last - 1]
    high = runs[last] - 1
    need = needs[-1] - 1
    while k < high and (need > 0 or positions[k + 1] == positions[k] + 1):
        k += 1
        need -= 1
    if need > 0:
        return None
    begin, end = positions[j], positions[k] + 1
    solid = end - begin == k - j + 1
    lower = text.lower
    left = begin == 0 or not lower[begin - 1].isalpha()
    right = end == len(lower) or not lower[end].isalpha()
    entry = pattern.entry
    if leet:
        return _weigh_leet(text, pattern, begin, end, k - j + 1, left, right)
    if not solid:
        if left and right:
            return _weigh_gaps(text, positions[j : k + 1], pattern)
        return None
    if pattern.backwards:
        return Hit(entry, begin, end, True) if left and right else None
    extra = (k - j + 1) - sum(needs)
    if extra == 1 and len(needs) < 4:
        return None
    disguised = extra > 0 or text.is_disguised(begin, end)
    if not lower[begin:end].isascii():
        if not _meant_as_latin(text, begin, end, entry):
            return None
        disguised = True
    token_begin, token_end = _token(
        lower, begin, end, _TOKEN_LIMIT if entry.inside else _GLUE_LIMIT
    )
    token = lower[token_begin:token_end]
    words, within = lexicon.exceptions()
    if token in words:
        return None
    if left and right:
        return Hit(entry, begin, end, disguised)
    if any(
        w in token and _covers(token, w, begin - token_begin, end - token_begin) for w in within
    ):
        return None
    before, after = token[: begin - token_begin], token[end - token_begin :]
    # A last letter taken twice may begin the next word, as in "pussyyou".
    over = max(0, k - runs[last - 1] + 1 - needs[-1])
    tail = lower[end - over : token_end]
    glued = _glued(before, _GLUED_BEFORE) and (
        _glued(after, _GLUED_AFTER) or (over == 1 and _glued(tail, _GLUED_AFTER))
    )
    if entry.inside:
        return Hit(entry, begin, end, True)
    short = sum(needs) < 4 or (entry.score < 0.7 and len(pattern.spelling) < 4)
    if entry.prefix and not before and lower[begin:token_end] == text.clean[begin:token_end]:
        return Hit(entry, begin, end, disguised)
    if not glued or (short and not set(before + after) <= {"x"}):
        return None
    return Hit(entry, begin, end, True)


def _covers(token: str, word: str, begin: int, end: int) -> bool:
    at = token.find(word)
    while at >= 0:
        if at <= begin and end <= at + len(word):
            return True
        at = token.find(word, at + 1)
    return False


def _token(lower: str, begin: int, end: int, limit: int = _TOKEN_LIMIT) -> Span:
    """Return the bounds of the word around, looking no further than a word is long."""
    low = max(0, begin - limit)
    high = min(len(lower), end + limit)
    while begin > low and lower[begin - 1].isalpha():
        begin -= 1
    while end < high and lower[end].isalpha():
        end += 1
    return begin, end


def _glued(part: str, short: frozenset[str]) -> bool:
    """Say whether that part of a word is another word, run together with the profanity."""
    if not part.strip("x") or part in short:
        return True
    words = lexicon.glue()
    if part in words:
        return len(part) > 2
    return len(part) <= 16 and any(
        part[:cut] in words and part[cut:] in words for cut in range(3, len(part) - 2)
    )


def _meant_as_latin(text: Text, begin: int, end: int, entry: Entry) -> bool:
    """Say whether letters of another alphabet stand there for their looks."""
    token_begin, token_end = _token(text.lower, begin, end)
    token = text.lower[token_begin:token_end]
    lookalikes = alphabet().lookalikes
    looks = sum(c in lookalikes for c in text.clean[begin:end])
    if not looks:
        # Letters with marks are plain spelling in most languages.
        return entry.inside or (end - begin > 3 and text.language.code in {"en", "unknown"})
    if any(c.isascii() and c.isalpha() for c in token):
        return True
    if looks < end - begin:
        return True
    return text.mostly_latin or any(c in "ѕһіԁјԛԝɡցոսօհʟʀʏ" for c in token)


def _weigh_leet(
    text: Text, pattern: Pattern, begin: int, end: int, size: int, left: bool, right: bool
) -> Hit | None:
    lower = text.lower
    shown = lower[begin:end]
    real = sum(c.isalpha() for c in shown)
    if real == size or real < 2 or pattern.backwards or len(pattern.words) > 1:
        return None
    if shown[0] in "([{<" or (any(c in "([" for c in shown) and lower[end : end + 1] in (")", "]")):
        return None
    if end - begin != size:
        if not (left and right) or 2 * real <= size:
            return None
        gaps = re.split(r"[\s.\-_*,/\\~]+", shown)
        return Hit(pattern.entry, begin, end, True) if max(map(len, gaps)) == 1 else None
    digit_before = begin > 0 and lower[begin - 1].isdigit()
    digit_after = end < len(lower) and lower[end].isdigit()
    if digit_before or digit_after:
        return None
    if (left and right) or (pattern.entry.inside and real >= 2):
        return Hit(pattern.entry, begin, end, True)
    return None


def _weigh_gaps(text: Text, positions: list[int], pattern: Pattern) -> Hit | None:
    """Judge a word with something between its letters."""
    lower = text.lower
    begin, end = positions[0], positions[-1] + 1
    if end - begin > 6 * len(positions):
        return None
    if begin > 0:
        before = lower[begin - 1]
        if before.isdigit() or (
            before in ".'’&-_" and begin > 1 and lower[begin - 2].isalnum() and before in ".'’&"
        ):
            return None
    pieces: list[int] = []
    gaps: list[str] = []
    start = 0
    for index in range(1, len(positions)):
        if positions[index] != positions[index - 1] + 1:
            gaps.append(lower[positions[index - 1] + 1 : positions[index]])
            pieces.append(index - start)
            start = index
    pieces.append(len(positions) - start)
    entry = pattern.entry
    if len(pattern.words) > 1 and tuple(pieces) == pattern.words and not pattern.backwards:
        return Hit(entry, begin, end, False)
    if any(c in _NO_SEPARATORS for gap in gaps for c in gap):
        return None
    if max(pieces) == 1:
        return Hit(entry, begin, end, True)
    if pattern.backwards or len(pattern.words) > 1 or len(positions) < 4:
        return None
    spaced = any(c.isspace() for gap in gaps for c in gap)
    if not spaced:
        if any(c in "/&@,'’" for gap in gaps for c in gap):
            return None
        marks = all(c in "*_~`^" for gap in gaps for c in gap)
        if entry.company and min(pieces) > 1 and not marks:
            return None
        return Hit(entry, begin, end, True)
    if entry.company or entry.score < 0.7 or len(pieces) > 4:
        return None
    at = 0
    common = lexicon.pieces()
    for piece in pieces:
        word = lower[positions[at] : positions[at + piece - 1] + 1]
        if word in common and not (piece == 1 and len(pieces) > 2):
            return None
        at += piece
    return Hit(entry, begin, end, True)


def _masked_hits(text: Text) -> list[Hit]:
    lower = text.lower
    found: list[Hit] = []
    masks = lexicon.masks()
    reached = 0
    for run in _MASK.finditer(lower):
        begin, end = run.span()
        if begin < reached or not _could_mask(lower, begin, end):
            continue
        start, low = begin, max(reached, begin - 15)
        while start > low and lower[start - 1] in _MASKABLE:
            start -= 1
        match = _MASKED.match(lower, start)
        if match is None or (start and lower[start - 1].isalnum()):
            continue
        reached = match.end()
        token = match[0].rstrip("!")
        key = _MASK.sub("*", token)
        made = masks.get(key) or masks.get(_unleet(key))
        end = match.start() + len(token)
        stretches = _MASK.findall(token)
        if key[-1] == "*" and (made is None or stretches[-1][0] not in "*#_"):
            key, end = key[:-1], end - len(stretches.pop())
            made = masks.get(key) or masks.get(_unleet(key))
        if len(found) >= ENOUGH:
            break
        for entry, counts in made or ():
            if all(_hides(s, c) for s, c in zip(stretches, counts, strict=True)):
                found.append(Hit(entry, match.start(), end, True))
                break
    return found


def _could_mask(lower: str, begin: int, end: int) -> bool:
    """Say whether signs stand at letters in the way they would for hidden ones."""
    after = lower[end : end + 1].isalnum()
    if begin and lower[begin - 1].isalnum():
        return after or lower[begin] in "*#_"
    return after and lower[end - 1] == "*"


def _unleet(key: str) -> str:
    """Read signs and digits as letters where letters are the most of it."""
    if 2 * sum(map(str.isalpha, key)) <= len(key.replace("*", "")):
        return ""
    return key.translate(_MASK_LETTERS)


def _hides(stretch: str, count: int) -> bool:
    """Say whether a run of signs stands for that many letters."""
    if stretch[0] in "._-–—":
        return len(stretch) == count and (count == 1 or stretch[0] == "_")
    return len(stretch) == count or (len(stretch) >= 2 and count >= 2)


def _ass_hits(text: Text) -> list[Hit]:
    """Find the one word that is too short for its letters alone."""
    entry = _ass_entry()
    found: list[Hit] = []
    for match in _ASS.finditer(text.lower):
        begin, end = match.span()
        shown = match[0]
        if (begin and text.lower[begin - 1].isalnum()) or len(found) >= ENOUGH:
            continue
        if sum(map(str.isalpha, shown)) >= 2 or any(c in "$@" for c in shown):
            plain = shown in {"ass", "asses"} and not text.is_disguised(begin, end)
            found.append(Hit(entry, begin, end, not plain))
    return found


def _ass_entry() -> Entry:
    return Entry("ass", "mild", "insult", company=True)


class ProfanityFilter:
    """The built-in list and the site's lists, over the text, the title and the author's fields."""

    name = "profanity"
    version = f"1+{lexicon.VERSION}"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        signals: list[Signal] = []
        score = 0.0
        fields = (
            (TEXT, draft.text),
            (TITLE, draft.title),
            (AUTHOR_NAME, draft.author_name),
            (AUTHOR_WEBSITE, draft.author_website),
        )
        lists = sitewords.compiled(rules.words)
        for name, raw in fields:
            if not raw:
                continue
            view = text if name == TEXT else Text(raw)
            found = find(view)
            allowed: list[Span] = []
            if lists is not None:
                allowed, blocked, suspect = lists.find(view)
                signals += _site_signals(view, blocked, Code.BLOCKED_WORD, name)
                signals += _site_signals(view, suspect, Code.SUSPECT_WORD, name)
            words: dict[str, list[Hit]] = {}
            for hit in found:
                if not any(b <= hit.begin and hit.end <= e for b, e in allowed):
                    words.setdefault(hit.entry.word, []).append(hit)
            for word, hits in words.items():
                weight = hits[0].entry.score + (0.05 if any(h.disguised for h in hits) else 0.0)
                if name == TEXT:
                    score = max(score, weight)
                signals.append(_signal(view, word, hits, weight, name))
        return Findings(tuple(signals), {"profanity": score})


def _signal(view: Text, word: str, hits: list[Hit], score: float, field: str) -> Signal:
    spans = tuple(view.span(h.begin, h.end) for h in hits[:MAX_SPANS])
    kind = {"mild": "Mild profanity", "strong": "Profanity", "slur": "Slur"}[hits[0].entry.severity]
    how = ", disguised" if all(h.disguised for h in hits) else ""
    where = "" if field == TEXT else f" in {field}"
    return Signal(Code.PROFANITY, score, f"{kind}{where}: “{word}”{how}.", spans, field)


def _site_signals(view: Text, found: dict[str, list[Span]], code: Code, field: str) -> list[Signal]:
    listed = "block" if code is Code.BLOCKED_WORD else "suspect"
    score = 1.0 if code is Code.BLOCKED_WORD else 0.8
    where = "" if field == TEXT else f" in {field}"
    return [
        Signal(
            code,
            score,
            f"“{word}”{where} is on the site's {listed} list.",
            tuple(view.span(*span) for span in spans[:MAX_SPANS]),
            field,
        )
        for word, spans in found.items()
    ]
