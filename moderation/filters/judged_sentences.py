"""What the student makes of the sentences of a text, with their emoji and without."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from .encoded_sentences import suspicion_of
from .text.emoji import ends_in_emoji, without_emoji
from .text.student import Outputs, Student
from .text.tokens import tokens

Floats = npt.NDArray[np.float32]


def judge_sentences(
    read: list[str], row_of: Mapping[str, int], ids: list[list[int]], student: Student
) -> Outputs:
    """Return the student's logits of sentences, with their emoji and without, the higher of both.

    A smile after an insult does not take it back, but the words after the smile may. Puts the
    tokens of the more suspicious spelling into `ids`, for the encoder.
    """
    found = student.judge(ids, _counts(read, row_of))
    together = _without_emoji(read)
    if len(together) == len(read) and all(
        bare == sentence for (_, bare), sentence in zip(together, read, strict=True)
    ):
        return found
    bare = [sentence for _, sentence in together]
    bare_row_of = {sentence: row for row, sentence in enumerate(dict.fromkeys(bare))}
    spelled = tokens(list(bare_row_of))
    other = student.judge(spelled, _counts(bare, bare_row_of))
    suspicion, suspicion_bare = suspicion_of(found.sentences), suspicion_of(other.sentences)
    for places, sentence in together:
        bare_row = bare_row_of[sentence]
        for place in places:
            row = row_of[read[place]]
            if suspicion_bare[bare_row] > suspicion[row]:
                ids[row], suspicion[row] = spelled[bare_row], suspicion_bare[bare_row]
            np.maximum(found.sentences[row], other.sentences[bare_row], out=found.sentences[row])
    return Outputs(found.sentences, np.maximum(found.whole, other.whole))


def _counts(read: list[str], row_of: Mapping[str, int]) -> Floats | None:
    """Return how often each different sentence is in a text; None: each once."""
    if len(row_of) == len(read):
        return None
    times = Counter(read)
    return np.fromiter((times[sentence] for sentence in row_of), np.float32, len(row_of))


def _without_emoji(read: list[str]) -> list[tuple[list[int], str]]:
    """Return the sentences without emoji and their places; those as one that emoji separate."""
    found: list[tuple[list[int], str]] = []
    for places in _across_emoji(read):
        together = "".join(read[place] for place in places)
        bare = without_emoji(together)
        if bare == together:
            # There is nothing but emoji, or none at all.
            found += [([place], read[place]) for place in places]
        else:
            found.append((places, bare))
    return found


def _across_emoji(read: list[str]) -> list[list[int]]:
    """Return the places of sentences, those together that only an emoji separates."""
    together: list[list[int]] = []
    goes_on = False
    for place, sentence in enumerate(read):
        if goes_on:
            together[-1].append(place)
        else:
            together.append([place])
        goes_on = ends_in_emoji(sentence)
    return together
