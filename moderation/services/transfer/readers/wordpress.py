"""WordPress: the WXR of Tools > Export, and Disqus' import format, which is WXR as well."""

from collections.abc import Iterator
from datetime import UTC
from html import unescape

from moderation.domain.status import Status

from ..dates import Times
from ..files import Opened
from ..records import (
    ImportedAuthor,
    ImportedComment,
    ImportedThread,
    Markup,
    Note,
    Record,
    Why,
)
from ..xml_stream import Element, elements

_WANTED = frozenset(
    {
        "title",
        "link",
        "guid",
        "wp:post_id",
        "wp:post_password",
        "wp:post_date_gmt",
        "wp:comment_status",
        "wp:status",
    }
    | {"dsq:thread_identifier"}
    | {
        f"wp:comment_{name}"
        for name in (
            *("id", "author", "author_email", "author_url", "date", "date_gmt", "content"),
            *("approved", "type", "parent", "user_id"),
        )
    }
)
_STATUS = {
    "1": Status.APPROVED,
    "approve": Status.APPROVED,
    "0": Status.HELD,
    "hold": Status.HELD,
    "spam": Status.SPAM,
    "trash": Status.REJECTED,
    "post-trashed": Status.REJECTED,
}
#: Kinds of comments that people write for readers; plugins keep private notes in others.
_KINDS = ("", "comment", "review")
#: States of a post that readers can see, and one without a state.
_PUBLIC = ("", "publish", "inherit", "static")


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the items of an export, and their comments before them."""
    for found in elements(opened, {"rss"}, {"item": 3, "wp:comment": 4}, _WANTED):
        if found.name == "item":
            yield ImportedThread(
                key=str(found.outer),
                url=found.get("link") or _address(found.get("guid")),
                title=unescape(found.get("title")),
                with_query=True,
                is_closed=found.get("wp:comment_status") == "closed",
                # Nor are comments behind a password shown to everyone.
                is_removed=found.get("wp:status") not in _PUBLIC
                or bool(found.get("wp:post_password")),
                created_at=times.moment(found.get("wp:post_date_gmt"), zone=UTC),
            )
        else:
            yield _comment(found, times)


def _address(guid: str) -> str:
    return guid if guid.startswith(("https://", "http://")) else ""


def _comment(found: Element, times: Times) -> Record:
    def get(name: str) -> str:
        return found.get(f"wp:comment_{name}")

    key = get("id")
    place = f"comment {key}, line {found.line}" if key else f"line {found.line}"
    if get("type") not in _KINDS:
        return Note(place, Why.SKIPPED, f"the type is {get('type')[:40]}")
    created_at = times.moment(get("date_gmt"), zone=UTC) or times.moment(get("date"))
    if not key:
        return Note(place, Why.REFUSED, "no id")
    if created_at is None:
        return Note(place, Why.REFUSED, "no date")
    if found.is_cut:
        return Note(place, Why.REFUSED, "too long")
    user = get("user_id")
    return ImportedComment(
        key=key,
        thread=str(found.outer),
        parent=get("parent") if get("parent") not in ("", "0") else None,
        status=_STATUS.get(get("approved"), Status.HELD),
        text=get("content"),
        markup=Markup.HTML_LINES,
        created_at=created_at,
        place=place,
        author=ImportedAuthor(
            key=f"user:{user}" if user not in ("", "0") else "",
            # WordPress keeps both escaped for HTML.
            name=unescape(get("author")),
            email=get("author_email"),
            website=unescape(get("author_url")),
        ),
    )
