"""Listed words found by their letters, whatever was put between, around or in place of them.

Every hit has to explain itself: where its edges are, what stood between its letters, and what
was written in place of them. Hidden letters are the business of `masked`.
"""

import re

from moderation.domain.judgement import Span

from . import lexicon
from .alphabet import COINS, LEET, alphabet
from .hits import ENOUGH, Hit
from .lexicon import Entry, Pattern
from .pieces import weigh_gaps
from .text import Letters, Text, is_marked

_TOKEN_LIMIT = 48
#: What is run together with a word is itself no longer than this.
_GLUE_LIMIT = 18
_SIGNS = re.compile(f"[{re.escape(''.join(LEET))}]+")
#: Two of them in a word that has hardly a letter are no mistake.
_SIGNS_MEANT = COINS.keys() | frozenset("@!|+(")
_OPENERS = frozenset("!(<{[")
#: What may follow a word written in signs and digits.
_ENDINGS = frozenset({"s", "es", "ed", "er", "ers", "in", "ing", "y"})
_GLUED_BEFORE = frozenset(["u", "my", "ur", "yo", "da", "so", "go", "no", "oh"])
_GLUED_AFTER = frozenset(["u", "me", "ya", "yo"])

#: What is looked at around the letters of a word, and how long both may be to be remembered.
_AROUND = _TOKEN_LIMIT + 2
_REMEMBERED = 256
#: What was said of a word where it stands, by what stands there; begin and end as seen from there.
Judged = dict[tuple[int, int, str, str], tuple[int, int, bool] | None]
_UNKNOWN = (0, 0, False)


def _leet(clean: str) -> bool:
    """Say whether a sign or digit stands at a letter as if it were one."""
    for match in _SIGNS.finditer(clean):
        begin, end = match.span()
        before = clean[begin - 1 : begin]
        if clean[end : end + 1].isalpha():
            # A bracket opens no word, it opens what is in brackets.
            if before.isalpha() or clean[begin] not in "(<{[" or end > begin + 1:
                return True
        elif before.isalpha() and not set(clean[begin:end]) <= _OPENERS:
            return True
        if begin > 1 and before in "._-*/" and clean[begin - 2].isalpha():
            return True
    return False


def letter_hits(text: Text) -> list[Hit]:
    """Return the listed words that the letters of a text spell."""
    found: list[Hit] = []
    views = [(text.plain_letters, lexicon.builtin(), False)]
    if _leet(text.clean):
        views.append((text.letters(alphabet().leet), lexicon.builtin_leet(), True))
    for letters, words, leet in views:
        worst, counted = 0.0, 0
        judged: Judged = {}
        for index, begin, end in words.hits(letters.string):
            for pattern in words.patterns[index]:
                if counted >= ENOUGH and pattern.entry.score <= worst:
                    continue
                if pattern.doubled and not _doubled(letters.runs, begin, pattern):
                    continue
                hit = _weighed_once(text, letters, begin, end, pattern, leet, judged)
                if hit is not None:
                    found.append(hit)
                    if hit.disguised or not hit.entry.company:
                        counted += 1
                        worst = max(worst, hit.entry.score)
                    break
    return found


def _doubled(runs: "memoryview[int]", first: int, pattern: Pattern) -> bool:
    """Say whether letters that the word has more than once are there so often: "con" is no "coon".

    Half of what is found ends here, for less than remembering it would take.
    """
    for offset, need in pattern.doubled:
        if runs[first + offset + 1] - runs[first + offset] < need:
            return False
    return True


def _weighed_once(
    text: Text,
    letters: Letters,
    first: int,
    last: int,
    pattern: Pattern,
    leet: bool,
    judged: Judged,
) -> Hit | None:
    """Weigh the letters, or answer as before who repeats himself."""
    positions, runs = letters.positions, letters.runs
    low = positions[runs[first]]
    high = positions[runs[last] - 1] + 1
    if high - low > _REMEMBERED:
        return _weigh(text, letters, first, last, pattern, leet)
    # Nothing that `_weigh` looks at is further away.
    begin = low - _AROUND if low > _AROUND else 0
    typed = "" if text.is_typed else text.typed(low, high)
    key = id(pattern), low - begin, text.clean[begin : high + _AROUND], typed
    known = judged.get(key, _UNKNOWN)
    if known is _UNKNOWN:
        hit = _weigh(text, letters, first, last, pattern, leet)
        judged[key] = None if hit is None else (hit.begin - low, hit.end - low, hit.disguised)
        return hit
    return None if known is None else Hit(pattern.entry, low + known[0], low + known[1], known[2])


def _weigh(
    text: Text, letters: Letters, first: int, last: int, pattern: Pattern, leet: bool
) -> Hit | None:
    """Return the hit if the letters at runs[first:last] are that word, written there on purpose."""
    positions, runs, needs = letters.positions, letters.runs, pattern.needs
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
            return weigh_gaps(text, positions[j : k + 1], pattern)
        return None
    if pattern.backwards:
        whole = left and right and k - j + 1 == sum(needs)
        return Hit(entry, begin, end, True) if whole else None
    started = left and entry.prefix
    short = len(pattern.spelling) < 4
    if (
        short
        and not (entry.inside or started)
        and not ((left or lower[begin - 1] == "x") and (right or lower[end] == "x"))
    ):
        return None
    extra = (k - j + 1) - sum(needs)
    if extra == 1 and len(needs) < 4:
        return None
    # One letter more is how other languages spell, and how people mistype.
    disguised = extra > 1 or text.is_disguised(begin, end)
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
    before, after = token[: begin - token_begin], token[end - token_begin :]
    starts = started and lower[begin:token_end] == text.clean[begin:token_end]
    if not entry.inside and not starts:
        # A last letter taken twice may begin the next word, as in "pussyyou".
        over = max(0, k - runs[last - 1] + 1 - needs[-1])
        tail = lower[end - over : token_end]
        if not _glued(before, _GLUED_BEFORE) or not (
            _glued(after, _GLUED_AFTER) or (over == 1 and _glued(tail, _GLUED_AFTER))
        ):
            return None
    if any(
        w in token and _covers(token, w, begin - token_begin, end - token_begin) for w in within
    ):
        return None
    return Hit(entry, begin, end, disguised if starts and not entry.inside else True)


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
        if entry.inside:
            return True
        if end - begin < 4 or text.language.code not in {"en", "unknown"}:
            return False
        # Where other words have marks too, they are spelled with them.
        return text.marked_letters - sum(map(is_marked, token)) < 3
    if any(c.isascii() and c.isalpha() for c in token):
        return True
    if looks < end - begin:
        return True
    fancy = alphabet().fancy
    # So many of these in one word are no other script's.
    if sum(c in fancy for c in text.clean[begin:end]) > 3:
        return True
    return text.mostly_latin or any(c in "ѕһіԁјԛԝɡցոսօհʟʀʏ" for c in token)


def _weigh_leet(
    text: Text, pattern: Pattern, begin: int, end: int, size: int, left: bool, right: bool
) -> Hit | None:
    lower = text.lower
    shown = lower[begin:end]
    if shown[0] in "([{<" and shown[1:2] == "c" and size > len(pattern.needs):
        # It opens what is in brackets, and is no letter of it.
        begin, shown, size, left = begin + 1, shown[1:], size - 1, True
    real = sum(c.isalpha() for c in shown)
    if real == size or pattern.backwards or len(pattern.words) > 1:
        return None
    if (
        # Nobody writes four coins in a row for anything else.
        (real or COINS.keys() >= set(shown))
        and size == end - begin > 3
        and _in_signs(lower, begin, end)
        and not _SIGNS_MEANT.isdisjoint(shown[1:])
    ):
        return Hit(pattern.entry, begin, end, True)
    if real < 2:
        return None
    if "L" in text.clean[begin:end] and "l" not in pattern.spelling:
        # Only the small one looks like an i.
        return None
    if shown[0] in "([{<" or (any(c in "([" for c in shown) and lower[end : end + 1] in (")", "]")):
        return None
    if end - begin != size:
        if not (left and right) or 2 * real < size:
            return None
        gaps = re.split(r"[\s.\-_*,/\\~]+", shown)
        return Hit(pattern.entry, begin, end, True) if max(map(len, gaps)) == 1 else None
    digit_before = begin > 0 and lower[begin - 1].isdigit()
    digit_after = end < len(lower) and lower[end].isdigit()
    if digit_before or digit_after:
        return None
    if left and not right:
        right = lower[end : _token(lower, begin, end)[1]] in _ENDINGS
    if (left and right) or (pattern.entry.inside and real >= 2):
        return Hit(pattern.entry, begin, end, True)
    return None


def _in_signs(lower: str, begin: int, end: int) -> bool:
    """Say whether a word stands between blanks, no digit in it, opening nothing."""
    before, after = lower[begin - 1 : begin], lower[end : end + 1]
    return (
        (not before or before.isspace())
        and (not after or after.isspace() or after in ".,?;!")
        and not any(map(str.isdigit, lower[begin:end]))
    )
