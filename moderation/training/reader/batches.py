"""Documents as arrays of fixed shapes, which the student's training is compiled for.

Sentences of similar length stand in one array each, padded to its width.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax
import numpy as np
import numpy.typing as npt

from moderation.filters.text.student import pair_buckets
from moderation.training.reader.material import Document

Numbers = npt.NDArray[np.int32]
#: The id of the token that is thought to follow the last one.
_AFTER = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a batch, and of the student's layers."""

    #: The most tokens of a sentence in each array, ascending, and the number of sentences there.
    widths: tuple[tuple[int, int], ...] = (
        *((6, 192), (12, 192), (20, 160), (32, 96), (48, 40), (80, 12)),
    )
    documents: int = 256
    #: The numbers of a token that come from the encoder's table, and those of its own.
    projected: int = 80
    learned: int = 16
    #: Pairs of tokens are hashed to this many bits.
    pair_bits: int = 17
    width: int = 96
    attention: int = 8
    attended: int = 16
    hidden: int = 96

    @property
    def inputs(self) -> int:
        return self.projected + self.learned

    def array_of(self, tokens: int) -> int:
        """Return the index of the array for a sentence of so many tokens."""
        fitting = (index for index, (width, _) in enumerate(self.widths) if tokens <= width)
        return next(fitting, len(self.widths) - 1)


class Sentences(NamedTuple):
    """One array of a batch."""

    ids: Numbers | jax.Array
    #: The bucket of each token with the next one.
    pairs: Numbers | jax.Array
    lengths: Numbers | jax.Array


class Batch(NamedTuple):
    """Some documents: the sentences of all arrays, and the document of each sentence."""

    arrays: tuple[Sentences, ...]
    owners: Numbers | jax.Array


def batches(
    documents: Sequence[Document], order: Iterable[int], shape: Shape
) -> Iterator[list[int]]:
    """Yield the numbers of documents that fit into one batch, in the given order."""
    batch: list[int] = []
    room = [count for _, count in shape.widths]
    for number in order:
        needed = [0] * len(room)
        for sentence in documents[number]:
            needed[shape.array_of(len(sentence))] += 1
        # The last document of a batch stays empty: it owns the unused rows.
        full = len(batch) >= shape.documents - 1
        if batch and (full or any(n > left for n, left in zip(needed, room, strict=True))):
            yield batch
            batch, room = [], [count for _, count in shape.widths]
        batch.append(number)
        room = [left - n for n, left in zip(needed, room, strict=True)]
    if batch:
        yield batch


def arranged(documents: Sequence[Document], shape: Shape) -> Batch:
    """Return documents as one batch; of one that has too many sentences the last are left out."""
    ids = [np.zeros((count, width), np.int32) for width, count in shape.widths]
    following = [np.full((count, width), _AFTER, np.int32) for width, count in shape.widths]
    lengths = [np.zeros(count, np.int32) for _, count in shape.widths]
    owners = [np.full(count, shape.documents - 1, np.int32) for _, count in shape.widths]
    used = [0] * len(shape.widths)
    for number, document in enumerate(documents):
        for sentence in document:
            array = shape.array_of(len(sentence))
            row, tokens = used[array], sentence[: shape.widths[array][0]]
            if row >= shape.widths[array][1]:
                continue
            ids[array][row, : len(tokens)] = tokens
            following[array][row, : len(tokens) - 1] = tokens[1:]
            lengths[array][row] = len(tokens)
            owners[array][row] = number
            used[array] += 1
    shift = np.uint32(32 - shape.pair_bits)
    pairs = [
        pair_buckets(row.astype(np.intp), after.astype(np.intp), shift).astype(np.int32)
        for row, after in zip(ids, following, strict=True)
    ]
    return Batch(tuple(map(Sentences, ids, pairs, lengths)), np.concatenate(owners))
