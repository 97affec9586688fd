"""Differences of a site's settings for the audit trail: short, and without secrets."""

from collections.abc import Mapping
from typing import Any

#: Entries of a list that are named; the others are counted.
NAMED = 10
_LONGEST = 200


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the differences: old and new values, and for lists counts and first entries."""
    return {
        key: _difference(before.get(key), after.get(key))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    }


def _difference(old: Any, new: Any) -> dict[str, Any]:
    if isinstance(old or new, list):
        return _of_lists(_named(old), _named(new))
    if isinstance(old or new, Mapping):
        return differences(old or {}, new or {})
    return {"from": _short(old), "to": _short(new)}


def _named(entries: list[Any] | None) -> dict[str, Any]:
    """Return entries by their name; sections by their prefix."""
    return {_name(e): e for e in entries or ()}


def _of_lists(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    came = [name for name in new if name not in old]
    went = [name for name in old if name not in new]
    changed = [name for name in new if name in old and new[name] != old[name]]
    diff: dict[str, Any] = {"entries": len(new)}
    for what, names in (("added", came), ("removed", went), ("changed", changed)):
        if names:
            diff[what] = len(names)
            diff[f"first_{what}"] = [_short(name) for name in names[:NAMED]]
    return diff


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[: _LONGEST - 1]}…"
    return value


def _name(entry: Any) -> Any:
    """Return the name of a section or a reason; any other entry is its own name."""
    if isinstance(entry, Mapping):
        return entry["prefix"] if "prefix" in entry else entry["code"]
    return entry
