"""The votes and origins of comments that an import of JSON lines adds, stored many at a time."""

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.votes import vote_columns
from moderation.storage.upsert import insert_all_ignoring

from .attached import ORIGIN, TYPES, VOTE, Attached, Line
from .jsonl_file import Group

#: Types of lines that need nothing but their comment.
NEW_TYPES = frozenset({VOTE, ORIGIN})


def row_of(each: Attached, line: Line) -> dict[str, Any]:
    """Return the columns of a line, with its ids as they are in the file."""
    values = {each.columns[key]: line[key] for key in each.columns}
    for column in ("voter", "digest"):
        if column in values:
            values[column] = bytes.fromhex(values[column])
    return values


class NewRows:
    """Collects the rows of new comments; of two votes of one reader the first counts."""

    def __init__(self, site_id: int) -> None:
        self._site_id = site_id
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._done: Counter[str] = Counter()

    def take(self, id: UUID, group: Group) -> dict[str, Any]:
        """Take the rows of a new comment, and return its columns of votes with them counted."""
        uncounted = group.comment["uncounted_votes"]
        up, down = uncounted["up"], uncounted["down"]
        voters = set[str]()
        for line in group.attached:
            kind = line["type"]
            if kind not in NEW_TYPES:
                continue
            if kind == VOTE:
                if line["voter"] in voters:
                    self._done["votes unchanged"] += 1
                    continue
                voters.add(line["voter"])
                up, down = up + (line["value"] > 0), down + (line["value"] < 0)
            each = TYPES[kind]
            ours = {"comment_id": id, "site_id": self._site_id}
            self._rows[kind].append({**ours, **row_of(each, line), **each.fixed})
        return vote_columns(up, down)

    def insert(self, session: Session) -> Counter[str]:
        """Insert the rows and return what became of them; the comments are in the store."""
        done = self._done
        for kind, rows in self._rows.items():
            added = insert_all_ignoring(session, TYPES[kind].table, rows)
            done[f"{kind}s added"] += added
            done[f"{kind}s unchanged"] += len(rows) - added
        return done
