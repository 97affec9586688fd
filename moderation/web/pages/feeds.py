"""Atom feeds of sites and posts."""

import re
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from flask import Blueprint, Response, g, render_template
from sqlalchemy.orm import Session

from moderation.domain import characters
from moderation.services.comments import threads
from moderation.services.comments.posts import check_external_id
from moderation.services.sites import registry
from moderation.storage.models.sites import Site

from ..auth import runtime
from ..database import db
from ..responses import conditional

bp = Blueprint("feeds", __name__, template_folder="templates")


#: The content type of a feed.
FEED = "application/atom+xml; charset=utf-8"


#: Characters that XML forbids: with one of them no reader could parse the feed.
_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@bp.get("/feeds/<site>")
def site_feed(site: str) -> Response:
    """Return the site's latest comments as an Atom feed."""
    g.site = registry.find(db.session(), site)
    entries = threads.latest(db.session(), g.site)
    return _feed(feed_xml(g.site, entries, g.site.title or site, _root(), ""))


@bp.get("/feeds/<site>/<post:post>")
def post_feed(site: str, post: str) -> Response:
    """Return a post's latest comments as an Atom feed."""
    g.site = registry.find(db.session(), site)
    return _feed(post_feed_xml(db.session(), g.site, check_external_id(post), _root()))


def post_feed_xml(session: Session, site: Site, post: str, root: str) -> bytes:
    """Return a post's latest comments as an Atom feed of the service at `root`."""
    entries = threads.latest(session, site, post)
    title = next((entry["post_title"] for entry in entries if entry["post_title"]), post)
    return feed_xml(site, entries, title, root, f"/{post}")


def feed_xml(site: Site, entries: list[dict[str, Any]], title: str, root: str, path: str) -> bytes:
    """Render comments as an Atom feed; `path` follows the site in the feed's address.

    Without a `root` its links are relative; its id, which must be absolute, names the site.
    """
    # Comments of earlier releases may contain characters that XML forbids.
    entries = [
        {
            **entry,
            "author": {**entry["author"], "name": characters.name(entry["author"]["name"])},
            "post_title": characters.line(entry["post_title"] or ""),
            "html": characters.paragraphs(entry["html"]),
        }
        for entry in entries
    ]
    own = f"{site.created_at.isoformat()} /feeds/{site.name}{path}"
    xml = render_template(
        "feed.xml",
        title=characters.line(title),
        site=site.name,
        created_at=site.created_at,
        entries=entries,
        root=root,
        path=path,
        own_id=uuid5(NAMESPACE_URL, own).urn,
    )
    return _NOT_XML.sub("\ufffd", xml).encode()


def _root() -> str:
    """Return the public address; empty when none is set, which makes a feed's links relative."""
    return str(runtime().settings.public_url)


def _feed(xml: bytes) -> Response:
    response = Response(xml, content_type=FEED)
    response.headers["Cache-Control"] = "no-cache"
    return conditional(response)
