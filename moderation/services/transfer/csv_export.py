"""Exports of the comments of a site as CSV (RFC 4180), for spreadsheets and scripts.

One row a comment, all statuses. Cells that a spreadsheet would run as formulas begin with `'`.
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from moderation.domain.spreadsheets import cell, cell_of_lines

from .attached import totals
from .snapshot import Snapshot

COLUMNS = (
    *("id", "post", "post_title", "post_url", "parent", "status", "author_name", "author_email"),
    *("author_website", "author_id", "text", "created_at", "edited_at", "votes_up", "votes_down"),
    "featured",
)


class _Row:
    """File-like target of the csv module; holds the last row written."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text = text


def write(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield the head, then a row for each comment in the order of their ids."""
    row = _Row()
    writer = csv.writer(row, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    yield row.text.encode()
    for whole in snapshot.comments():
        comment = whole.comment
        up, down = totals(comment)
        values = (
            str(comment.id),
            cell(whole.post),
            cell(whole.title or ""),
            cell(whole.url or ""),
            str(comment.parent_id or ""),
            comment.status,
            cell(comment.author_name),
            cell(comment.author_email or ""),
            cell(comment.author_website or ""),
            cell(comment.author_id or ""),
            cell_of_lines(comment.text),
            _moment(comment.created_at),
            _moment(comment.edited_at),
            up,
            down,
            "yes" if comment.featured_at else "",
        )
        writer.writerow(values)
        yield row.text.encode()


def _moment(at: datetime | None) -> Any:
    return "" if at is None else at.isoformat().replace("+00:00", "Z")
