"""Which sentences of a text the encoder reads after the student, and what its logits count for."""

from typing import Final

import numpy as np
import numpy.typing as npt

from .text.heads import OUTPUTS

Floats = npt.NDArray[np.float32]

#: A sentence is encoded from this logit of the student on, for any of these outputs: in texts of
#: so few tokens, where it costs little, and in longer ones.
SHORT: Final = 32
SUSPICIOUS_IF_SHORT: Final = -4.0
SUSPICIOUS: Final = -1.0
#: Shares of the encoder in the logits of a sentence that both have read: the student misses more
#: threats than it misses insults.
_ENCODERS_SHARE: Final = np.array([0.65, 0.65, 0.65, 0.65, 0.72, 0.65, 0.65, 0.65], np.float32)
#: The share in the logit of a threat where the encoder finds less of one than the student: short
#: threats in the second person are what it misses, and one that passes costs more than one held.
_ENCODERS_SHARE_OF_LESS: Final = 0.3
_THREAT: Final = OUTPUTS.index("threat")
_HARMFUL: Final = [OUTPUTS.index(n) for n in ("toxicity", "insult", "threat", "identity_attack")]
#: The most rows that the encoder computes for one text, the most suspicious sentences first: their
#: tokens, and for each sentence its marks and the gap to the next one.
MOST_ENCODED: Final = 160
_AROUND: Final = 6


def suspicion_of(each: Floats) -> Floats:
    """Return the highest logit of each sentence for anything harmful."""
    found: Floats = each[:, _HARMFUL].max(axis=1)
    return found


def suspicious(ids: list[list[int]], each: Floats) -> tuple[list[int], int]:
    """Return the sentences that the encoder reads, and the rows that it computes for them."""
    suspicion = suspicion_of(each)
    chosen: list[int] = []
    rows = 0
    least = SUSPICIOUS_IF_SHORT if sum(map(len, ids)) <= SHORT else SUSPICIOUS
    for place in np.argsort(-suspicion, kind="stable").tolist():
        more = rows + len(ids[place]) + _AROUND
        if suspicion[place] < least or more > MOST_ENCODED:
            break
        chosen.append(place)
        rows = more
    return chosen, rows


def correct(each: Floats, chosen: list[int], encoded: Floats) -> None:
    """Replace the logits of chosen sentences by the weighted mean of both networks' logits."""
    change = _ENCODERS_SHARE * (encoded - each[chosen])
    less = encoded[:, _THREAT] < each[chosen, _THREAT]
    change[less, _THREAT] *= _ENCODERS_SHARE_OF_LESS / _ENCODERS_SHARE[_THREAT]
    each[chosen] += change
