"""Shared by the pages without JavaScript: texts, addresses, headers that forbid scripts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from flask import Response, g, render_template, request

from moderation.domain.errors import CrossSite
from moderation.services.comments.posts import find_post
from moderation.services.community import following

from ..auth import runtime
from ..cors import from_own_origin
from ..database import db
from ..origins import refuse_other_sites
from .i18n import Words, words

#: Longer addresses of articles are not repeated in every link of a page.
_LONGEST = 2000
#: Addresses of our own pages with forms, which are no articles.
_OWN_PAGES = ("/embed/", "/follow/", "/own/", "/votes/")
_ODD = re.compile(r"[\s\\\x00-\x20\x7f]")


def translations() -> Words:
    """Return the texts of the reader's chosen language, else of the site's."""
    return words(request.args.get("lang") or g.site.settings.get("page_language", "en"))


def kept() -> dict[str, str]:
    """Return the query parameters that every link of a page repeats."""
    chosen = {"lang": _chosen(), "back": article_in(request.args.get("back", ""))}
    return {name: value for name, value in chosen.items() if value}


def language() -> str:
    """Return the query that keeps the chosen language, for addresses without another query."""
    return f"?{urlencode(kept())}" if kept() else ""


def article_in(address: str) -> str:
    """Return the address of an article when it is on one of the site's origins, else nothing."""
    address = address.partition("#")[0]
    if len(address) > _LONGEST or _ODD.search(address):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if f"{parts.scheme}://{parts.netloc}".lower() in g.site.origins else ""


def article_of(post: Any) -> str:
    """Return the article's address; empty when it is unknown.

    A post's stored address comes from the site; `back` was given by the article's page.
    """
    asked = article_in(request.args.get("back", ""))
    if asked:
        return asked
    if post is not None and post.url:
        return str(post.url)
    if request.method != "POST":
        return ""
    # Forms of a fragment are sent from the article itself, so its Referer may name it.
    referrer = article_in(request.headers.get("Referer", ""))
    path = urlsplit(referrer).path
    return "" if path in ("", "/") or path.startswith(_OWN_PAGES) else referrer


def _chosen() -> str:
    chosen = request.args.get("lang", "")
    # Taken from the texts: every link repeats it, and the one in the query may be long.
    return words(chosen).lang if chosen else ""


def thread_address(site: str, post: str) -> str:
    """Return a thread's address, quoted: a post's id may hold `?`, `#` and `//`."""
    return f"/embed/{quote(site, safe='')}/{quote(post, safe='')}"


def privacy_address() -> str:
    """Return the address of the site's page about personal data."""
    return f"/privacy/{quote(g.site.name, safe='')}{language()}"


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses and ids of a thread, in our own page or in one of the site's."""

    #: Address of the thread: relative in our own page, with its host in a fragment.
    here: str
    #: Base of links with a query of their own; empty in our own page.
    base: str
    feed: str
    #: Where a reader follows the thread by mail, with its query.
    follow: str
    #: Where this service's own pages are; empty on one of them.
    root: str
    #: Prefix of ids, so that they are unique in the site's page.
    prefix: str
    always: dict[str, str]

    def __call__(self, anchor: str = "", **values: Any) -> str:
        """Return the address of this thread with a query, and an anchor in it."""
        query = {name: value for name, value in {**values, **self.always}.items() if value}
        end = f"#{anchor}" if anchor else ""
        if not query:
            return f"{self.base or self.here}{end}"
        return f"{self.base}?{urlencode(query)}{end}"

    def report(self, comment_id: str) -> str:
        """Return the address of the page that reports a comment."""
        query = f"?{urlencode(self.always)}" if self.always else ""
        return f"{self.root}/report/{comment_id}{query}"

    @property
    def action(self) -> str:
        return self.here + (f"?{urlencode(self.always)}" if self.always else "")


def links_of(
    site: str, post: str, *, fragment: bool = False, here: bool = True, back: str = ""
) -> Links:
    """Return the addresses of a thread; those of a fragment work on any page.

    With `here` they are for a page at the thread's own address.
    """
    path = thread_address(site, post)
    feed, follow = (path.replace("/embed/", f"/{page}/", 1) for page in ("feeds", "follow"))
    if not fragment:
        always = kept() | ({"back": back} if back else {})
        follow += f"?{urlencode(always)}" if always else ""
        return Links(path, "" if here else path, feed, follow, "", "", always)
    root = str(runtime().settings.public_url)
    digest = sha256(f"{site}\0{post}".encode()).hexdigest()[:10]
    prefix, follow = f"comments-{digest}-", root + follow + language()
    return Links(root + path, root + path, root + feed, follow, root, prefix, kept())


_OUTER = re.compile(r"<(/?)(p|ul|ol|blockquote|pre)(?=[ >])")


def directed(html: str) -> str:
    """Give each outer block of a comment its own text direction.

    Blocks inside lists and quotes follow the style sheet: with their own direction they
    would not decide the side of the numbers or of the quote's line.
    """
    depth = 0

    def mark(found: re.Match[str]) -> str:
        nonlocal depth
        closing, tag = found.groups()
        if closing:
            depth -= tag in ("ul", "ol", "blockquote")
            return found[0]
        outer = depth == 0
        depth += tag in ("ul", "ol", "blockquote")
        return f'{found[0]} dir="auto"' if outer else found[0]

    return _OUTER.sub(mark, html)


def outward(html: str) -> str:
    """Make links of a comment leave a frame that the page may be in."""
    return directed(html).replace("<a href=", '<a target="_top" href=')


def render_page(
    template: str,
    status: int,
    *,
    texts: Words | None = None,
    framed_by: Sequence[str] | None = None,
    **values: Any,
) -> Response:
    """Render a page without scripts that only the site's own pages may frame.

    `texts` and `framed_by` replace the language and the origins of the request's site.
    """
    texts = texts or translations()
    if "site" in g:
        values.setdefault("privacy", privacy_address())
    html = render_template(
        template,
        t=texts.t,
        words=texts,
        directed=directed,
        outward=outward,
        mails_answers="site" in g and following.is_offered(runtime().settings, g.site),
        website_field="site" in g and bool(g.site.settings.get("website_field")),
        **values,
    )
    response = Response(html, status, content_type="text/html; charset=utf-8")
    allowed = ("'self'", *g.site.origins) if framed_by is None else framed_by
    ancestors = " ".join(allowed) or "'none'"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {ancestors}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def known_post(external_id: str) -> Any:
    """Return the post's row, for its title and its address; None when readers see none."""
    post = find_post(db.session(), g.site, external_id)
    return None if post is None or post.origin is not None else post


def refuse_other_pages() -> None:
    """Raise CrossSite unless our own page, or one of the site's, sent a form without a token."""
    try:
        refuse_other_sites()
    except CrossSite:
        if not from_own_origin(g.site):
            raise
