"""What words mean, as far as the company they keep tells: a short vector for each."""

import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

#: Numbers in a vector.
SIZE: Final = 50

Floats = npt.NDArray[np.float32]
Checks = npt.NDArray[np.uint32]


def checks(words: Sequence[str]) -> Checks:
    """Return a number for each word, by which it is known."""
    found = (zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words)
    return np.fromiter(found, np.uint32, len(words))


class Vectors:
    """Vectors of the words that are common enough; rare words count more."""

    def __init__(self, known: Checks, small: npt.NDArray[np.int8], rarity: Floats) -> None:
        """Take words' numbers in rising order, a row of small integers and a weight for each."""
        self._known = known
        # The last row is that of every other word: nothing.
        self._rows = np.zeros((len(known) + 1, SIZE + 1), np.float32)
        lengths = np.linalg.norm(small.astype(np.float32), axis=1)
        self._rows[:-1, :SIZE] = small * (rarity / np.maximum(lengths, 1.0))[:, None]
        self._rows[:-1, SIZE] = rarity

    def places(self, numbers: Checks) -> npt.NDArray[np.intp]:
        """Return where the words with these numbers stand."""
        unknown = len(self._known)
        places = np.searchsorted(self._known, numbers)
        met = self._known.take(places, mode="clip") == numbers if unknown else False
        return np.where(met, places, unknown)

    def mean(self, places: npt.NDArray[np.intp]) -> Floats:
        """Return the direction in which the words together point; zero for none."""
        total = np.add.reduce(self._rows.take(places, axis=0))
        length = float(total[:SIZE] @ total[:SIZE]) ** 0.5
        return np.asarray(total[:SIZE] / np.float32(max(length, 1e-9)), np.float32)
