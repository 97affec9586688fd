"""What every page without JavaScript has: words, addresses, and headers that run nothing."""

from typing import Any
from urllib.parse import quote

from flask import Response, g, render_template, request

from .words import Words, words


def said() -> Words:
    """The words of the language that the reader chose, else of the site's."""
    return words(request.args.get("lang") or g.site.settings.get("language", "en"))


def language() -> str:
    """The query that keeps the chosen language, for addresses without another query."""
    chosen = _chosen()
    return f"?lang={chosen}" if chosen else ""


def _chosen() -> str:
    chosen = request.args.get("lang", "")
    # As the words have it: every link of a page repeats it, however long it was in the query.
    return words(chosen).lang if chosen else ""


def thread_address(site: str, post: str) -> str:
    """A thread's own address: a post's id may hold `?`, `#` and `//`."""
    return f"/embed/{quote(site, safe='')}/{quote(post, safe='')}"


def render_page(template: str, status: int, **values: Any) -> Response:
    """Render a page that only the site's own pages may frame, and that runs nothing."""
    spoken = said()
    html = render_template(
        template, say=spoken.say, words=spoken, lang=_chosen(), language=language(), **values
    )
    response = Response(html, status, content_type="text/html; charset=utf-8")
    ancestors = " ".join(("'self'", *g.site.origins))
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {ancestors}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
