"""What content management systems report about a post, read from their own payloads.

Pure functions of loaded payloads; `hooks` finds the thread and applies the event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

#: The most characters of a title that is kept.
LONGEST_TITLE = 300
#: Ghost's addresses of posts that readers cannot find under it: drafts, mail and missing ones.
_NOT_PUBLIC = frozenset({"p", "email", "404"})


@dataclass(frozen=True, slots=True)
class PostNotice:
    """A change of one post.

    `path` is None where the sender does not name the address; then `slug` is the last part of it.
    """

    #: The type of our event.
    event: str
    #: The sender's own id of the post.
    foreign_id: str
    at: datetime | None
    path: str | None = None
    url: str | None = None
    old_path: str | None = None
    slug: str = ""
    title: str | None = None
    published_at: datetime | None = None


def path_of(url: str | None) -> str | None:
    """Return the path of a URL with its query, which is the id of the post; None without one."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


# Ghost


def ghost_notice(loaded: Mapping[str, Any]) -> PostNotice | None:
    """Return the change that a payload of Ghost reports; None where no thread is concerned.

    The payload names no event: it follows from the state before and after.
    """
    change = loaded.get("post") or loaded.get("page") or {}
    current, previous = change.get("current") or {}, change.get("previous") or {}
    state = current or previous
    event = _ghost_event(current, previous)
    if event is None or not state.get("id"):
        return None
    url = _ghost_url(current)
    path = path_of(url)
    old_slug, slug = previous.get("slug") or "", state.get("slug") or ""
    if event == "post.deleted" and state.get("status") != "published":
        # A draft may have the slug of another page: its id alone counts.
        old_slug = slug = ""
    return PostNotice(
        event=event,
        foreign_id=state["id"],
        at=state.get("updated_at"),
        path=path,
        url=url,
        old_path=_with_slug(path, slug, old_slug) if path and old_slug else None,
        slug=old_slug or slug,
        title=_title(current),
        published_at=current.get("published_at"),
    )


def _ghost_event(current: Mapping[str, Any], previous: Mapping[str, Any]) -> str | None:
    if not current:
        return "post.deleted" if previous else None
    if current.get("status") == "published":
        return "post.published" if previous.get("status") or not previous else "post.updated"
    return "post.closed" if previous.get("status") == "published" else None


def _ghost_url(current: Mapping[str, Any]) -> str | None:
    """Return the address under which readers find the post; None where there is none."""
    url = current.get("url")
    path = path_of(url)
    if current.get("status") != "published" or not path:
        return None
    if path.strip("/").split("/")[0] in _NOT_PUBLIC:
        return None
    # The page's canonical link decides which thread the widget shows.
    return current.get("canonical_url") or url


def _with_slug(path: str, slug: str, other: str) -> str | None:
    """Return a path with the last part that is the slug replaced."""
    parts = path.split("/")
    for place in range(len(parts) - 1, -1, -1):
        if parts[place] == slug:
            parts[place] = other
            return "/".join(parts)
    return None


# WordPress

#: The events of the plugin in docs/webhooks.md, and ours.
WORDPRESS_EVENTS = {
    "post.published": "post.published",
    "post.updated": "post.updated",
    "post.unpublished": "post.closed",
    "post.trashed": "post.deleted",
    "post.deleted": "post.deleted",
}


def wordpress_notice(loaded: Mapping[str, Any]) -> PostNotice:
    """Return the change that a payload of the WordPress plugin reports."""
    return PostNotice(
        event=WORDPRESS_EVENTS[loaded["event"]],
        foreign_id=str(loaded["id"]),
        at=loaded["timestamp"],
        path=path_of(loaded["permalink"]),
        url=loaded["permalink"],
        old_path=path_of(loaded.get("old_permalink")),
        title=_title(loaded),
        published_at=loaded.get("published_at"),
    )


def _title(loaded: Mapping[str, Any]) -> str | None:
    title = loaded.get("title")
    return title[:LONGEST_TITLE] if title else None
