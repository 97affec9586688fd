"""The report of an import: its plan, its result and every note, as JSON."""

from collections.abc import Mapping
from typing import Any

import orjson

from .imports import Reading


def document(reading: Reading, result: Mapping[str, Any] | None) -> bytes:
    """Return the report of a file that was read; `result` is None after a dry run."""
    found = {
        "format": reading.format.value,
        "sha256": reading.digest,
        "plan": reading.plan.as_json(),
        "result": result,
        "notes": [
            {"place": note.place, "why": note.why.value, "reason": note.reason}
            for note in reading.spill.notes()
        ],
    }
    return orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n"
