"""Vectors of words, learned without labels from the words that stand near each other."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from moderation.filters.toxicity import SOMEONE, Reading, normal
from moderation.filters.toxicity.vectors import SIZE, Vectors, checks
from moderation.training.groups import word_groups

#: Words that get a vector, and how many texts they must be in.
WORDS = 12_000
LEAST_TEXTS = 5
#: Words that teach, with or without a vector of their own.
TAUGHT = 20_000
#: How far apart words are neighbours, and how far the distance does not matter.
REACH, NEAR = 5, 2
SEED = 0

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stored:
    """Vectors as they lie in the model's file, words by rising number."""

    known: npt.NDArray[np.uint32]
    small: npt.NDArray[np.int8]
    rarity: Floats

    def vectors(self) -> Vectors:
        return Vectors(self.known, self.small, self.rarity)


def fit_vectors(readings: Sequence[Reading], words: int = WORDS) -> Stored:
    """Return vectors of the commonest words: positive mutual information, then its main axes."""
    from sklearn.utils.extmath import randomized_svd

    texts = [_spelt(reading) for reading in readings]
    seen = Counter(word for text in texts for word in dict.fromkeys(text))
    common = [word for word, count in seen.items() if count >= LEAST_TEXTS]
    common = sorted(common, key=lambda word: (-seen[word], word))[:TAUGHT]
    if len(common) <= SIZE:
        return Stored(*_nothing())
    place = {word: number for number, word in enumerate(common)}
    information = _information(_together(texts, place))
    axes, sizes, _ = randomized_svd(information, SIZE, n_iter=4, random_state=SEED)
    vectors = axes[:words] * np.sqrt(sizes)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    small = np.rint(vectors * (127 / np.abs(vectors).max())).astype(np.int8)
    counts = np.array([seen[word] for word in common[:words]])
    rarity = np.log(len(texts) / (1 + counts)).astype(np.float16).astype(np.float32)
    numbers = checks(common[:words])
    order = numbers.argsort(kind="stable")
    return Stored(numbers[order], small[order], rarity[order])


def _nothing() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int8], Floats]:
    return np.zeros(0, np.uint32), np.zeros((0, SIZE), np.int8), np.zeros(0, np.float32)


def _spelt(reading: Reading) -> list[str]:
    groups = word_groups()
    words = [normal(token) for token in reading.tokens if token[0] not in "!?"]
    return [SOMEONE if groups.get(word) == 1 else word for word in words if word]


def _together(texts: list[list[str]], place: dict[str, int]) -> sparse.csr_matrix:
    """Count how often each word stands near each other one."""
    gap = [-1] * (REACH + 1)
    flat = np.array([n for text in texts for n in [*(place.get(w, -1) for w in text), *gap]])
    total = sparse.csr_matrix((len(place), len(place)), dtype=np.float32)
    for apart in range(1, REACH + 1):
        one, other = flat[:-apart], flat[apart:]
        both = (one >= 0) & (other >= 0)
        weight = 1.0 if apart <= NEAR else 1.0 / apart
        weights = np.full(int(both.sum()), weight, np.float32)
        found = sparse.coo_matrix((weights, (one[both], other[both])), shape=total.shape).tocsr()
        total = total + found + found.T
    return total


def _information(together: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return how much likelier than by chance words stand together, where they do."""
    often = np.asarray(together.sum(axis=1)).ravel()
    # Rare neighbours would seem to tell too much.
    softened = often**0.75
    softened *= often.sum() / softened.sum()
    pairs = together.tocoo()
    told = np.log(pairs.data * often.sum() / (often[pairs.row] * softened[pairs.col]))
    more = told > 0
    found = (told[more].astype(np.float32), (pairs.row[more], pairs.col[more]))
    return sparse.csr_matrix(found, shape=together.shape)
