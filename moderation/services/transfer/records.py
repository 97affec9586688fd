"""The neutral records that every reader yields and every import stores.

A reader turns one file into a stream of these, in any order: the storing side orders threads,
authors and parents. Nothing here is checked or cleaned yet except where a field is marked so. A
reader never puts a password, a token or a network address into a record.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from moderation.domain.status import Status


class Markup(StrEnum):
    """The markup of an imported text."""

    MARKDOWN = "markdown"
    HTML = "html"
    #: HTML in which a line break is one, as WordPress keeps it.
    HTML_LINES = "html_lines"


@dataclass(frozen=True, slots=True)
class ImportedThread:
    """A page with comments. One that no comment refers to makes no post."""

    #: The source's own key; comments refer to it. Of two with one key the first counts.
    key: str
    #: Absolute address, or path with query.
    url: str = ""
    title: str = ""
    #: The post's id, where the file names it itself; empty: made from `url`.
    post_id: str = ""
    #: The query of `url` is part of the page's id, since pages of this source differ by it.
    with_query: bool = False
    is_closed: bool = False
    #: The page was removed there: none of its comments becomes public.
    is_removed: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportedAuthor:
    """An author; empty strings for what the source does not know."""

    #: The source's own id of the author, if it has one; comments may refer to it.
    key: str = ""
    name: str = ""
    #: Only hashed for the author's identity: the address itself is not stored.
    email: str = ""
    website: str = ""
    is_staff: bool = False


@dataclass(frozen=True, slots=True)
class ImportedComment:
    """A comment. The text of a deleted one is not stored: only its place in the thread is."""

    #: The source's own id; two comments with one id are distinguished by `created_at`.
    key: str
    #: The key of its thread.
    thread: str
    status: Status
    text: str
    markup: Markup
    created_at: datetime
    #: Place in the file for reports, such as `line 12`; no text and no name.
    place: str
    #: The key of the comment that it answers.
    parent: str | None = None
    #: Inline, or only with a `key` that an ImportedAuthor of the file explains.
    author: ImportedAuthor = ImportedAuthor()
    edited_at: datetime | None = None
    votes_up: int = 0
    votes_down: int = 0
    is_featured: bool = False
    #: Our own id, in our own files.
    own_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ImportedBan:
    """A blocked author, by the source's id of the author or by e-mail address."""

    place: str
    author: ImportedAuthor
    #: None: until it is lifted.
    until: datetime | None
    reason: str = ""


class Why(StrEnum):
    """The kind of a note about an entry of the file."""

    #: The entry is wrong and is not imported; the import ends with exit code 1.
    REFUSED = "refused"
    #: The entry is none that is imported, such as a pingback.
    SKIPPED = "skipped"
    #: Its thread or parent is missing.
    ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Note:
    """An entry of the file that is left out or changed, with its place and the reason."""

    place: str
    why: Why
    reason: str


Record = ImportedThread | ImportedAuthor | ImportedComment | ImportedBan | Note


class Unreadable(Exception):
    """The file as a whole cannot be imported; the message names the place and the reason."""
