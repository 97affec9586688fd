"""Matches listed words by their letters, ignoring anything between, around or instead of them.

A candidate is accepted by its boundaries, its separators and its substituted characters.
`masked_letters` handles words with hidden letters.
"""

import re

from moderation.domain.judgement import Span

from ..text.characters import COINS, LEET, alphabet
from ..text.document import Letters, Text, is_marked
from . import word_list
from .language_lists import own_words, own_words_leet
from .language_words import weigh_word
from .lexicon import Entry, Pattern
from .match import MAX_MATCHES, Match
from .separated_letters import weigh_gaps

_TOKEN_LIMIT = 48
#: The maximum length of a word that is run together with a profanity.
_GLUE_LIMIT = 18
_SIGNS = re.compile(f"[{re.escape(''.join(LEET))}]+")
#: Two of these in a word with hardly any letters are deliberate.
_SIGNS_MEANT = COINS.keys() | frozenset("@!|+(")
_OPENERS = frozenset("!(<{[")
#: Suffixes of a word written in signs and digits.
_ENDINGS = frozenset({"s", "es", "ed", "er", "ers", "in", "ing", "y"})
_GLUED_BEFORE = frozenset(["u", "my", "ur", "yo", "da", "so", "go", "no", "oh"])
_GLUED_AFTER = frozenset(["u", "me", "ya", "yo"])

#: The context that `_weigh` reads around a word, and the maximum length of a cached word.
_CONTEXT_LENGTH = _TOKEN_LIMIT + 2
_LONGEST_CACHED = 256
_SHORTEST_IN_A_LANGUAGE = 12
#: Cached results by word and context; begin and end are relative to the word.
_Results = dict[tuple[int, int, str, str], tuple[int, int, bool] | None]
_NOT_CACHED = (0, 0, False)


def _may_have_leet(clean: str) -> bool:
    """Return whether a sign or digit next to a letter may replace a letter."""
    for match in _SIGNS.finditer(clean):
        begin, end = match.span()
        before = clean[begin - 1 : begin]
        if clean[end : end + 1].isalpha():
            # A bracket before a word opens a parenthesis.
            if before.isalpha() or clean[begin] not in "(<{[" or end > begin + 1:
                return True
        elif before.isalpha() and not set(clean[begin:end]) <= _OPENERS:
            return True
        if begin > 1 and before in "._-*/" and clean[begin - 2].isalpha():
            return True
    return False


def letter_hits(text: Text) -> list[Match]:
    """Return the listed words spelled by the letters of a text."""
    found: list[Match] = []
    views = [(text.plain_letters, word_list.builtin(), False)]
    leet_letters = text.letters(alphabet().leet) if _may_have_leet(text.clean) else None
    if leet_letters is not None:
        views.append((leet_letters, word_list.builtin_leet(), True))
    # Two words are needed to know a language; names and titles are often shorter.
    code = text.language.code if len(text.clean) > _SHORTEST_IN_A_LANGUAGE else "unknown"
    own = None if code == "en" else own_words(code)
    if own is not None:
        views.append((text.plain_letters, own, False))
        if leet_letters is not None:
            views.append((leet_letters, own_words_leet(code), True))
    for letters, words, leet in views:
        worst, counted = 0.0, 0
        results: _Results = {}
        for index, begin, end in words.hits(letters.string):
            for pattern in words.patterns[index]:
                if counted >= MAX_MATCHES and pattern.entry.score <= worst:
                    continue
                if pattern.doubled and not _has_doubled(letters.runs, begin, pattern):
                    continue
                hit = _weigh_cached(text, letters, begin, end, pattern, leet, results)
                if hit is not None:
                    found.append(hit)
                    if hit.disguised or not hit.entry.company:
                        counted += 1
                        worst = max(worst, hit.entry.score)
                        break
    return found


def _has_doubled(runs: "memoryview[int]", first: int, pattern: Pattern) -> bool:
    """Return whether letters that the word repeats are repeated here: "con" is not "coon".

    Half of the candidates are rejected here, which is cheaper than looking them up in a cache.
    """
    for offset, need in pattern.doubled:
        if runs[first + offset + 1] - runs[first + offset] < need:
            return False
    return True


def _weigh_cached(
    text: Text,
    letters: Letters,
    first: int,
    last: int,
    pattern: Pattern,
    leet: bool,
    results: _Results,
) -> Match | None:
    """Return the result of `_weigh`, cached so that a repetitive text stays cheap."""
    positions, runs = letters.positions, letters.runs
    low = positions[runs[first]]
    high = positions[runs[last] - 1] + 1
    if high - low > _LONGEST_CACHED:
        return _weigh(text, letters, first, last, pattern, leet)
    # `_weigh` reads nothing beyond this window.
    begin = low - _CONTEXT_LENGTH if low > _CONTEXT_LENGTH else 0
    typed = "" if text.is_typed else text.typed(low, high)
    key = id(pattern), low - begin, text.clean[begin : high + _CONTEXT_LENGTH], typed
    cached = results.get(key, _NOT_CACHED)
    if cached is _NOT_CACHED:
        hit = _weigh(text, letters, first, last, pattern, leet)
        results[key] = None if hit is None else (hit.begin - low, hit.end - low, hit.disguised)
        return hit
    if cached is None:
        return None
    return Match(pattern.entry, low + cached[0], low + cached[1], cached[2])


def fit(letters: Letters, first: int, last: int, needs: tuple[int, ...]) -> Span | None:
    """Return the first and last index into positions that a word takes of runs[first:last].

    The outer runs may extend into other words: take the required letters, then adjoining ones.
    None means that they have too few letters.
    """
    positions, runs = letters.positions, letters.runs
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
    return None if need > 0 else (j, k)


def _weigh(
    text: Text, letters: Letters, first: int, last: int, pattern: Pattern, leet: bool
) -> Match | None:
    """Return the match if the letters at runs[first:last] are deliberately that word."""
    positions, runs, needs = letters.positions, letters.runs, pattern.needs
    bounds = fit(letters, first, last, needs)
    if bounds is None:
        return None
    j, k = bounds
    begin, end = positions[j], positions[k] + 1
    solid = end - begin == k - j + 1
    lower = text.lower
    left = begin == 0 or not lower[begin - 1].isalpha()
    right = end == len(lower) or not lower[end].isalpha()
    entry = pattern.entry
    if leet:
        return _weigh_leet(text, pattern, begin, end, k - j + 1, left, right)
    if not solid:
        ends = right or (entry.language != "" and entry.prefix and len(pattern.words) > 1)
        if left and ends and len(needs) > 2:
            return weigh_gaps(text, positions[j : k + 1], pattern)
        return None
    if entry.language:
        return weigh_word(text, pattern, begin, end, k - j + 1 - sum(needs))
    if pattern.backwards:
        whole = left and right and k - j + 1 == sum(needs)
        return Match(entry, begin, end, True) if whole else None
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
    # One extra letter is a foreign spelling or a typing error.
    disguised = extra > 1 or text.is_disguised(begin, end)
    if not lower[begin:end].isascii():
        if not _is_latin_lookalike(text, begin, end, entry):
            return None
        disguised = True
    token_begin, token_end = _token(
        lower, begin, end, _TOKEN_LIMIT if entry.inside else _GLUE_LIMIT
    )
    token = lower[token_begin:token_end]
    words, within = word_list.exceptions()
    if token in words:
        return None
    if left and right:
        return Match(entry, begin, end, disguised)
    before, after = token[: begin - token_begin], token[end - token_begin :]
    starts = started and lower[begin:token_end] == text.clean[begin:token_end]
    if not entry.inside and not starts:
        # A doubled last letter may begin the next word, as in "pussyyou".
        over = max(0, k - runs[last - 1] + 1 - needs[-1])
        tail = lower[end - over : token_end]
        if not _is_glued(before, _GLUED_BEFORE) or not (
            _is_glued(after, _GLUED_AFTER) or (over == 1 and _is_glued(tail, _GLUED_AFTER))
        ):
            return None
    if any(
        w in token and _covers(token, w, begin - token_begin, end - token_begin) for w in within
    ):
        return None
    return Match(entry, begin, end, disguised if starts and not entry.inside else True)


def _covers(token: str, word: str, begin: int, end: int) -> bool:
    start = token.find(word)
    while start >= 0:
        if start <= begin and end <= start + len(word):
            return True
        start = token.find(word, start + 1)
    return False


def _token(lower: str, begin: int, end: int, limit: int = _TOKEN_LIMIT) -> Span:
    """Return the bounds of the surrounding word, at most `limit` characters away."""
    low = max(0, begin - limit)
    high = min(len(lower), end + limit)
    while begin > low and lower[begin - 1].isalpha():
        begin -= 1
    while end < high and lower[end].isalpha():
        end += 1
    return begin, end


def _is_glued(part: str, short: frozenset[str]) -> bool:
    """Return whether the part is another word, run together with the profanity."""
    if not part.strip("x") or part in short:
        return True
    words = word_list.glue()
    if part in words:
        return len(part) > 2
    return len(part) <= 16 and any(
        part[:cut] in words and part[cut:] in words for cut in range(3, len(part) - 2)
    )


def _is_latin_lookalike(text: Text, begin: int, end: int, entry: Entry) -> bool:
    """Return whether letters of another alphabet are used as Latin lookalikes."""
    token_begin, token_end = _token(text.lower, begin, end)
    token = text.lower[token_begin:token_end]
    lookalikes = alphabet().lookalikes
    looks = sum(c in lookalikes for c in text.clean[begin:end])
    if not looks:
        # In most languages accented letters are ordinary spelling.
        if entry.inside:
            return True
        if end - begin < 4 or text.language.code not in {"en", "unknown"}:
            return False
        # Accents elsewhere in the text mean that they are ordinary spelling.
        return text.marked_letters - sum(map(is_marked, token)) < 3
    if any(c.isascii() and c.isalpha() for c in token):
        return True
    if looks < end - begin:
        return True
    fancy = alphabet().fancy
    # Ordinary words of other scripts do not have this many fancy letters.
    if sum(c in fancy for c in text.clean[begin:end]) > 3:
        return True
    return text.mostly_latin or any(c in "ѕһіԁјԛԝɡցոսօհʟʀʏ" for c in token)


def _weigh_leet(
    text: Text, pattern: Pattern, begin: int, end: int, size: int, left: bool, right: bool
) -> Match | None:
    lower = text.lower
    shown = lower[begin:end]
    if shown[0] in "([{<" and shown[1:2] == "c" and size > len(pattern.needs):
        # It opens a parenthesis and is not a letter of the word.
        begin, shown, size, left = begin + 1, shown[1:], size - 1, True
    real = sum(c.isalpha() for c in shown)
    if real == size or pattern.backwards or len(pattern.words) > 1:
        return None
    if (
        # Four currency signs in a row are otherwise improbable.
        (real or COINS.keys() >= set(shown))
        and size == end - begin > 3
        and _stands_apart(lower, begin, end)
        and not _SIGNS_MEANT.isdisjoint(shown[1:])
    ):
        return Match(pattern.entry, begin, end, True)
    if real < 2:
        return None
    if "L" in text.clean[begin:end] and "l" not in pattern.spelling:
        # Only the lower-case l looks like an i.
        return None
    if shown[0] in "([{<" or (any(c in "([" for c in shown) and lower[end : end + 1] in (")", "]")):
        return None
    if end - begin != size:
        if not (left and right) or 2 * real < size:
            return None
        gaps = re.split(r"[\s.\-_*,/\\~]+", shown)
        return Match(pattern.entry, begin, end, True) if max(map(len, gaps)) == 1 else None
    digit_before = begin > 0 and lower[begin - 1].isdigit()
    digit_after = end < len(lower) and lower[end].isdigit()
    if digit_before or digit_after:
        return None
    if left and not right:
        tail = lower[end : _token(lower, begin, end)[1]]
        right = tail in _ENDINGS or (pattern.entry.language != "" and pattern.entry.prefix)
    if (left and right) or (pattern.entry.inside and real >= 2):
        return Match(pattern.entry, begin, end, True)
    return None


def _stands_apart(lower: str, begin: int, end: int) -> bool:
    """Return whether a word is between blanks, without digits and without an opening bracket."""
    before, after = lower[begin - 1 : begin], lower[end : end + 1]
    return (
        (not before or before.isspace())
        and (not after or after.isspace() or after in ".,?;!")
        and not any(map(str.isdigit, lower[begin:end]))
    )
