"""Fitting of the n-gram model's heads: one weight for each bucket, from soft targets.

Texts are stored as words, and words as buckets. The product of the two tables is the input
of the fit, but is never built: it would be ten times as large.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from moderation.filters.text.ngrams import BITS, grams, hashes, pairs
from moderation.filters.text.words import SOMEONE, normal
from moderation.training.templates.identity_terms import word_groups

Floats = npt.NDArray[np.float32]
ROUNDS = 40
#: Keeps weighted texts near length one, so that one regularisation strength suits all.
TYPICAL_RARITY = 5.0
#: Buckets in fewer texts are noise.
LEAST_TEXTS = 3


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as rows: logarithmic word counts, word pairs, and length."""

    words: sparse.csr_matrix
    pairs: sparse.csr_matrix
    #: Buckets of each word of the vocabulary.
    grams: sparse.csr_matrix
    lengths: Floats

    def rows(self, chosen: npt.NDArray[np.bool_]) -> "Texts":
        return Texts(self.words[chosen], self.pairs[chosen], self.grams, self.lengths[chosen])

    def weigh(self, weights: Floats) -> Floats:
        """Return each text's score for one weight per bucket."""
        total: Floats = self.words @ (self.grams @ weights) + self.pairs @ weights
        return total / self.lengths

    def gather(self, values: Floats) -> Floats:
        """Return, per bucket, the sum of a value over the texts with that bucket."""
        shares = values / self.lengths
        summed: Floats = self.grams.T @ (self.words.T @ shares) + self.pairs.T @ shares
        return summed

    def rarity(self) -> Floats:
        """Return the inverse document frequency of each bucket, zero for very rare ones."""
        texts = self.words.shape[0]
        seen = self.grams.sign().T @ self.words.getnnz(axis=0) + self.pairs.getnnz(axis=0)
        idf = np.log((1 + texts) / (1 + np.minimum(seen, texts))) + 1
        return np.where(seen >= LEAST_TEXTS, idf, 0.0).astype(np.float32)


def texts(read: Sequence[list[str]]) -> Texts:
    """Return texts, each given as its words, as one table of rows."""
    groups = word_groups()
    spelt = {token: normal(token) for words in read for token in words}
    spelt = {t: SOMEONE if groups.get(word) == 1 else word for t, word in spelt.items()}
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(spelt.values()))}
    known = list(vocabulary)
    numbers = hashes(known)
    row_of = {token: vocabulary[word] for token, word in spelt.items()}
    rows = [np.array([row_of[token] for token in words], np.intp) for words in read]
    buckets, owners = grams(known)
    letters = sparse.csr_matrix(
        (np.ones(len(owners), np.float32), (owners, buckets.astype(np.int64))),
        shape=(len(known), 1 << BITS),
    )
    letters.sum_duplicates()
    in_words = _counts(rows, len(known))
    in_pairs = _counts([pairs(numbers[row]) for row in rows], 1 << BITS)
    size = np.bincount(owners, minlength=len(known)).astype(np.float32)
    squares = in_words.multiply(in_words) @ size + in_pairs.multiply(in_pairs).sum(axis=1).A1
    return Texts(in_words, in_pairs, letters, np.maximum(squares, 1.0) ** np.float32(0.5))


def _counts(found: Sequence[npt.NDArray[np.integer]], width: int) -> sparse.csr_matrix:
    indices, values, ends = [], [], [0]
    for row in found:
        once, counts = np.unique(row, return_counts=True)
        indices.append(once.astype(np.int32))
        values.append((1.0 + np.log(np.minimum(counts, 64))).astype(np.float32))
        ends.append(ends[-1] + len(once))
    return sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(indices), np.array(ends, np.int64)),
        shape=(len(found), width),
    )


def fit_head(
    seen: Texts, targets: Floats, weights: Floats, strength: float, bayes: bool = True
) -> Floats:
    """Return weights of a logistic regression, on naive-Bayes-weighted buckets or plain ones."""
    prior = seen.rarity() / np.float32(TYPICAL_RARITY)
    if bayes:
        bad, good = targets * weights, (1 - targets) * weights
        scale = np.float32(TYPICAL_RARITY)
        p = (1.0 + prior * scale * seen.gather(bad)) / (1.0 + bad.sum())
        q = (1.0 + prior * scale * seen.gather(good)) / (1.0 + good.sum())
        prior = (np.log(p / q) * prior).astype(np.float32)
    return logistic(seen, prior, targets, weights, strength)


def logistic(
    seen: Texts, prior: Floats, targets: Floats, weights: Floats, strength: float
) -> Floats:
    """Return weights that minimise weighted log loss with an L2 penalty; targets are soft.

    Each bucket is scaled by its prior, so the penalty applies to weights that contradict it.
    """
    # A bucket without a prior has no effect: leave it out of the optimisation.
    active = prior.nonzero()[0]
    priors = prior[active]
    share = float(np.average(targets, weights=weights))
    start = np.zeros(len(active) + 1)
    start[-1] = np.log(share / (1 - share))
    spread = np.zeros(len(prior), np.float32)

    def loss(at: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        spread[active] = at[:-1].astype(np.float32) * priors
        logits = seen.weigh(spread).astype(np.float64) + at[-1]
        lost = weights * (np.logaddexp(0, logits) - targets * logits)
        pull = strength * weights * (1 / (1 + np.exp(-logits)) - targets)
        slope = np.empty_like(at)
        slope[:-1] = seen.gather(pull.astype(np.float32))[active] * priors + at[:-1]
        slope[-1] = pull.sum()
        return strength * float(lost.sum()) + 0.5 * float(at[:-1] @ at[:-1]), slope

    found = optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS, "maxcor": 8}
    )
    spread[active] = found.x[:-1].astype(np.float32) * priors
    return spread
