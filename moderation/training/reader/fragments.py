"""Short clean texts from longer ones: sentences, and a few words of them.

Nearly all labelled texts are whole comments. A reader that learned from them alone takes a name, a
heading or half a sentence for a rude remark, because such texts are rare among the harmless ones.
A comment that no annotator found harmful has no harmful part, so its parts need no label of
their own.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.filters.profanity.filter import ProfanityFilter
from moderation.filters.text.document import Text
from moderation.filters.text.sentences import sentences
from moderation.training.reader.dataset import OUTPUTS, Examples, examples

#: The sources of the sentences, and of the groups of words.
FRAGMENTS: Final = "fragments"
GROUPS: Final = "word groups"
#: Sources with whole comments, and the most sentences and groups of words taken of each.
MOST: Final = {"jigsaw": (18_000, 7_000), "germeval": (3_000, 2_500), "told": (6_000, 4_000)}
SEED: Final = 5
#: Sentences of one comment.
_OF_ONE: Final = 2
#: Characters of a sentence.
_SHORTEST, _LONGEST = 4, 160
#: Words of a group.
_MOST_WORDS: Final = 3
_PROFANITY: Final = ProfanityFilter()
_AROUND: Final = " \t\r\n.,;:!?\"'()[]{}«»“”„…-–—*=|#<>/\\"


def fragments(sources: Sequence[Examples]) -> list[Examples]:
    """Return sentences and groups of words of the clean comments, the same each time."""
    rng = random.Random(SEED)  # noqa: S311 - variety, not secrecy
    found: dict[str, None] = {}
    shorter: dict[str, None] = {}
    for source in sources:
        if source.source not in MOST:
            continue
        most_sentences, most_groups = MOST[source.source]
        parts = list(_sentences(source, rng))
        rng.shuffle(parts)
        found |= dict.fromkeys(parts[:most_sentences])
        groups = [group for part in parts for group in _groups(part, rng)]
        rng.shuffle(groups)
        shorter |= dict.fromkeys(groups[:most_groups])
    return [_clean(FRAGMENTS, found), _clean(GROUPS, shorter.keys() - found.keys())]


def _clean(source: str, texts: Iterable[str]) -> Examples:
    kept = [text for text in sorted(texts) if not _listed(text)]
    known = dict.fromkeys(OUTPUTS, 0.0)
    return examples(source, kept, [known] * len(kept), [False] * len(kept))


def _sentences(source: Examples, rng: random.Random) -> Iterator[str]:
    """Yield a few sentences of each clean comment that is neither held out nor for calibration."""
    clean = source.natural & (source.targets[:, 0] == 0) & (source.folds > 1)
    for row in clean.nonzero()[0].tolist():
        text = source.texts[row]
        parts = [text[begin:end].strip() for begin, end in sentences(text)]
        fitting = [part for part in parts if _SHORTEST <= len(part) <= _LONGEST]
        yield from rng.sample(fitting, min(_OF_ONE, len(fitting)))


def _groups(sentence: str, rng: random.Random) -> Iterator[str]:
    """Yield one to three words of a sentence, without the marks around them."""
    words = sentence.split()
    count = rng.randint(1, _MOST_WORDS)
    begin = rng.randint(0, max(0, len(words) - count))
    group = " ".join(words[begin : begin + count]).strip(_AROUND)
    if len(group) >= _SHORTEST and any(letter.isalpha() for letter in group):
        yield group


def _listed(text: str) -> bool:
    """Return whether a text has a listed word: alone it would be one of the rude texts."""
    return bool(_PROFANITY.check(Text(text), Draft(text), Facts(), Rules()).signals)
