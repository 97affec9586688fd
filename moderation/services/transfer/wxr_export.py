"""Exports of a site as WordPress eXtended RSS (WXR 1.2), for WordPress' own importer.

Posts become items of the type `post`, those with comments only. The importer adds their comments
to a post of the same title and date that it has already. A deleted comment keeps its place above
replies, without text and name; its status, like that of a rejected one, is `trash`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

from sqlalchemy import or_

from moderation.domain.status import Listing, PostState, Status
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site

from .addresses import address_of
from .numbered import Numbered, NumberedPost, threads
from .snapshot import Snapshot
from .xml_text import cdata, element, plain

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
"""
_APPROVED = {
    Status.APPROVED: "1",
    Status.HELD: "0",
    Status.SPAM: "spam",
    Status.REJECTED: "trash",
    Status.DELETED: "trash",
}


def write(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield the document in small parts."""
    site = snapshot.site
    base = next(iter(site.origins), "http://localhost").replace("*.", "")
    yield (
        _HEAD
        + f"<title>{plain(site.title or site.name)}</title>\n"
        + f"{element('link', base)}\n<description/>\n"
        + "<wp:wxr_version>1.2</wp:wxr_version>\n"
        + f"{element('wp:base_site_url', base)}\n{element('wp:base_blog_url', base)}\n"
        + "<generator>moderation</generator>\n"
    ).encode()
    placed = or_(Comment.status != Status.DELETED.value, Comment.listing != Listing.HIDDEN.value)
    with threads(snapshot, placed) as found:
        for post in found.posts():
            yield _item(site, post).encode()
            for comment in found.comments(post):
                yield _comment(comment).encode()
            yield b"</item>\n"
    yield b"</channel>\n</rss>\n"


def _item(site: Site, numbered: NumberedPost) -> str:
    post = numbered.post
    at = post.published_at or post.created_at
    link = address_of(site, post)
    is_open = post.state in (PostState.OPEN, PostState.PREMODERATED)
    parts = (
        "<item>",
        element("title", post.title or post.external_id),
        element("link", link),
        element("pubDate", format_datetime(at.astimezone(UTC))),
        cdata("dc:creator", "moderation"),
        element("guid", post.external_id, {"isPermaLink": "false"}),
        "<description/>",
        cdata("content:encoded", ""),
        cdata("excerpt:encoded", ""),
        element("wp:post_id", str(numbered.number)),
        element("wp:post_date", _date(at)),
        element("wp:post_date_gmt", _date(at)),
        element("wp:comment_status", "open" if is_open else "closed"),
        element("wp:ping_status", "closed"),
        cdata("wp:post_name", _name(post)),
        element("wp:status", "publish"),
        element("wp:post_parent", "0"),
        element("wp:menu_order", "0"),
        element("wp:post_type", "post"),
        "<wp:post_password/>",
        element("wp:is_sticky", "0"),
    )
    return "\n".join(parts) + "\n"


def _name(post: Post) -> str:
    """Return the last part of the post's path, as WordPress' permalinks have it."""
    path = post.external_id.partition("?")[0].rstrip("/")
    return path.rpartition("/")[2][:200]


def _comment(numbered: Numbered) -> str:
    comment = numbered.comment
    is_deleted = comment.status == Status.DELETED
    # WordPress turns each line break into one of HTML.
    html = comment.html.replace("<br>\n", "\n").replace("</p>\n<p>", "</p>\n\n<p>")
    parts = (
        "<wp:comment>",
        element("wp:comment_id", str(numbered.number)),
        cdata("wp:comment_author", comment.author_name),
        cdata("wp:comment_author_email", comment.author_email or ""),
        element("wp:comment_author_url", comment.author_website or ""),
        cdata("wp:comment_author_IP", ""),
        cdata("wp:comment_date", _date(comment.created_at)),
        cdata("wp:comment_date_gmt", _date(comment.created_at)),
        cdata("wp:comment_content", "" if is_deleted else html),
        cdata("wp:comment_approved", _APPROVED[Status(comment.status)]),
        cdata("wp:comment_type", "comment"),
        element("wp:comment_parent", str(numbered.parent)),
        element("wp:comment_user_id", "0"),
        "</wp:comment>",
    )
    return "\n".join(parts) + "\n"


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
