"""Exports of a site in the format of Disqus' own exports, which most other systems import.

The format knows published, deleted and spam. What waits for a moderator would be published by
those systems, so it is left out, unless published replies need its place: then it comes as
deleted. The same holds for rejected comments, which come as deleted with their text.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import or_

from moderation.domain.status import Listing, PostState, Status
from moderation.storage.models.comments import Comment
from moderation.storage.models.sites import Site

from .addresses import address_of
from .numbered import Numbered, NumberedPost, threads
from .snapshot import Snapshot
from .xml_text import cdata, element

_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
"""
#: Statuses whose comments have no place of their own.
_WITHOUT_PLACE = (Status.DELETED.value, Status.HELD.value)


def write(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield the document in small parts: the threads first, as Disqus writes them."""
    site = snapshot.site
    yield (
        _HEAD
        + '<category dsq:id="1">\n'
        + f"{element('forum', site.name)}\n{element('title', 'General')}\n"
        + "<isDefault>true</isDefault>\n</category>\n"
    ).encode()
    placed = or_(Comment.status.not_in(_WITHOUT_PLACE), Comment.listing != Listing.HIDDEN.value)
    with threads(snapshot, placed) as found:
        for post in found.posts():
            yield _thread(site, post).encode()
        for post in found.posts():
            for comment in found.comments(post):
                yield _post(comment, post.number).encode()
    yield b"</disqus>\n"


def _thread(site: Site, numbered: NumberedPost) -> str:
    post = numbered.post
    at = _moment(post.published_at or post.created_at)
    parts = (
        f'<thread dsq:id="{numbered.number}">',
        element("id", post.external_id),
        element("forum", site.name),
        '<category dsq:id="1"/>',
        element("link", address_of(site, post)),
        element("title", post.title or post.external_id),
        "<message/>",
        element("createdAt", at),
        "<author><name>moderation</name><isAnonymous>true</isAnonymous></author>",
        f"<isClosed>{_truth(post.state in (PostState.CLOSED, PostState.REMOVED))}</isClosed>",
        f"<isDeleted>{_truth(post.state == PostState.REMOVED)}</isDeleted>",
        "</thread>",
    )
    return "\n".join(parts) + "\n"


def _post(numbered: Numbered, thread: int) -> str:
    comment = numbered.comment
    has_text = comment.status not in _WITHOUT_PLACE
    is_public = comment.status in (Status.APPROVED, Status.SPAM)
    # Spam is marked as spam alone.
    author = [element("name", comment.author_name if has_text else "")]
    if comment.author_email and has_text:
        author.append(element("email", comment.author_email))
    author.append("<isAnonymous>true</isAnonymous>")
    parts = [
        f'<post dsq:id="{numbered.number}">',
        element("id", str(comment.id)),
        cdata("message", comment.html if has_text else ""),
        element("createdAt", _moment(comment.created_at)),
        f"<isDeleted>{_truth(not is_public)}</isDeleted>",
        f"<isSpam>{_truth(comment.status == Status.SPAM)}</isSpam>",
        f"<author>{''.join(author)}</author>",
        f'<thread dsq:id="{thread}"/>',
    ]
    if numbered.parent:
        parts.append(f'<parent dsq:id="{numbered.parent}"/>')
    return "\n".join([*parts, "</post>"]) + "\n"


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
