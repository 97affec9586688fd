"""The encoder's features of many texts, each read as one sentence."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import numpy.typing as npt

from moderation.filters.text.encoder import FEATURES, encoder
from moderation.training.reader.material import Document

Halves = npt.NDArray[np.float16]
#: The number of tokens that the encoder reads of a text.
READ: Final = 100
#: The number of tokens that are read at once.
_BATCH: Final = 512


def first_tokens(document: Document, most: int = READ) -> list[int]:
    """Return the first tokens of a text, of all its sentences in one row."""
    return [token for ids in document for token in ids][:most]


def features(documents: Sequence[Document]) -> Halves:
    """Return mean and maximum of each feature over the first tokens of each text.

    Batches are the same on every machine, so the number of threads does not change the result.
    """
    rows = [first_tokens(document) for document in documents]
    found = np.zeros((len(rows), 2 * FEATURES), np.float16)

    def encode(batch: list[int]) -> None:
        found[batch] = encoder().features([rows[row] for row in batch])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(encode, _batches([len(row) for row in rows])))
    return found


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield rows of similar length, so many that they have about `_BATCH` tokens."""
    batch: list[int] = []
    count = 0
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and count + lengths[row] > _BATCH:
            yield batch
            batch, count = [], 0
        batch.append(row)
        count += lengths[row]
    if batch:
        yield batch
