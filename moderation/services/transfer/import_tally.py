"""Counts of an import that was interrupted, as if it had run in one go."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from .storing import Stored


def combined(before: Stored, now: Stored) -> dict[str, Any]:
    """Return the counts of earlier runs and of this one, which met what they stored again."""
    both = Stored(
        added=before.added + now.added,
        changed=before.changed + now.changed,
        kept=max(before.kept, now.kept),
        posts=before.posts + now.posts,
        bans=before.bans + now.bans,
    )
    both.unchanged = max(0, now.done - both.added - both.changed - both.kept)
    both.by_status = dict(Counter(before.by_status) + Counter(now.by_status))
    return asdict(both)


def combined_rows(before: Counter[str], now: Counter[str]) -> dict[str, Any]:
    """Return the same for the rows of an export of ours, with the sums over all kinds."""
    rows = Counter(now)
    for name, count in before.items():
        kind, _, what = name.rpartition(" ")
        if what in ("added", "changed"):
            rows[name] += count
            same = f"{kind} unchanged"
            rows[same] = max(0, rows[same] - count)
    rows = +rows
    return {
        "rows": dict(sorted(rows.items())),
        "added": rows["comments added"],
        "changed": rows["comments changed"],
        "unchanged": rows["comments unchanged"],
        "posts": rows["posts added"],
        "bans": rows["bans added"],
    }
