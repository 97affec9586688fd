"""Error pages for browsers: the error, and what a reader can do next.

Programs get the same errors as problem+json; the format is chosen by the Accept
header. The API responds in JSON only.
"""

from flask import Flask, Response, g, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import LanguageAccept, MIMEAccept
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_accept_header

from .i18n import LANGUAGES, Words, words
from .render import article_in

#: Prefixes of paths for programs.
_FOR_PROGRAMS = ("/api/", "/healthz", "/metrics")
#: Prefixes of paths whose pages other sites may frame.
_FRAMED = ("/embed/", "/follow/", "/own/", "/report/", "/votes/")
#: The longest header that is parsed.
_LONGEST = 1024
_KINDS = {
    401: "forbidden",
    403: "forbidden",
    404: "missing",
    405: "opened",
    413: "large",
    429: "busy",
}
_PROBLEM = "application/problem+json"


def register(app: Flask) -> None:
    """Register the hook that turns errors into pages, before those that add headers."""
    app.after_request(_show)


def is_for_people(path: str, accept: str) -> bool:
    """Return whether an error at this path is shown as a page, by the Accept header."""
    if path.startswith(_FOR_PROGRAMS) or "text/html" not in accept or len(accept) > _LONGEST:
        return False
    accepted = parse_accept_header(accept, MIMEAccept)
    return accepted["text/html"] > max(accepted["application/json"], accepted[_PROBLEM])


def reader_words(accept_language: str) -> Words:
    """Return the words of the browser's preferred language; English by default."""
    if len(accept_language) > _LONGEST:
        return words("en")
    accepted = parse_accept_header(accept_language, LanguageAccept)
    return words(accepted.best_match(LANGUAGES) or "en")


def policy(path: str) -> str:
    """Return the Content-Security-Policy of a page without scripts and forms."""
    ancestors = "*" if path.startswith(_FRAMED) else "'none'"
    return (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; "
        f"base-uri 'none'; frame-ancestors {ancestors}"
    )


def waiting_page(app: Flask, lang: str, *, console: bool) -> str:
    """Return the page for a client that has to wait `{n}` seconds, without a store query."""
    texts = words(lang)
    return app.jinja_env.get_template("error.html").render(
        words=texts,
        title=texts.page("busy_title"),
        advice=texts.page("busy", n="{n}"),
        console=console,
    )


def _show(response: Response) -> Response:
    if response.mimetype != _PROBLEM or request.path.startswith(_FOR_PROGRAMS):
        return response
    response.vary.add("Accept")
    if not is_for_people(request.path, request.headers.get("Accept", "")):
        return response
    response.set_data(_page(response))
    response.content_type = "text/html; charset=utf-8"
    response.headers["Content-Security-Policy"] = policy(request.path)
    return response


def _page(response: Response) -> str:
    status = response.status_code
    texts, article = _of_site()
    kind = _KINDS.get(status, "failed" if status >= 500 else "unclear")
    wait = response.headers.get("Retry-After", "")
    again = request.method == "GET" and (kind == "failed" or (kind == "busy" and bool(wait)))
    return render_template(
        "error_fragment.html" if request.args.get("fragment") else "error.html",
        words=texts,
        title=texts.page(f"{kind}_title"),
        advice=texts.page(kind, n=wait or "60") if kind == "busy" else texts.page(kind),
        again=again,
        article=article,
        console=request.path.startswith("/review"),
        typed=_typed(),
        number=g.get("request_id", "") if status == 500 else "",
    )


def _of_site() -> tuple[Words, str]:
    """Return the reader's words, and the article's address where the site is known."""
    if request.path.startswith("/review"):
        return words("en"), ""
    chosen, article = request.args.get("lang", ""), ""
    if g.get("site") is not None:
        try:
            chosen = chosen or g.site.settings.get("page_language", "")
            article = article_in(request.args.get("back", ""))
        except SQLAlchemyError:
            # The store is unavailable, which is the error that this page reports.
            pass
    texts = words(chosen) if chosen else reader_words(request.headers.get("Accept-Language", ""))
    return texts, article


def _typed() -> str:
    """Return the text of a form, so that it can be copied; empty when it is not readable."""
    if request.method != "POST" or not request.path.startswith(_FRAMED):
        return ""
    try:
        return request.form.get("text", "")
    except HTTPException:
        return ""
