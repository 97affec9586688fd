"""Following a thread by mail without JavaScript: the answer to its form, and the form again.

The form is on the page of the thread, which is cached for all readers. Nothing but a request for
confirmation is sent to the address that was typed, so the form needs no second step.
"""

from flask import Blueprint, Response, g, request
from flask_limiter.errors import RateLimitExceeded

from moderation.domain.errors import (
    Invalid,
    ModerationError,
    NoMail,
    PostClosed,
    PostMoved,
    PostNotAnnounced,
)
from moderation.services.comments.posts import check_external_id
from moderation.services.community import following
from moderation.services.sites import registry

from ..auth import runtime, utcnow
from ..client_address import client_address
from ..database import db
from ..errors import rate_limited
from ..rate_limits import edit_limit, limiter, seconds_to_wait
from .render import (
    article_of,
    known_post,
    links_of,
    refuse_other_pages,
    render_page,
    translations,
)

bp = Blueprint("follow_page", __name__, template_folder="templates")

_LONGEST = 254


@bp.get("/follow/<site>/<post:post>")
def follow_form(site: str, post: str) -> Response:
    """Show the form with which a reader follows a thread."""
    id = _post(site, post)
    if not following.is_offered(runtime().settings, g.site):
        raise NoMail("This site mails no answers: see its setting replies_by_mail.")
    return _form(id)


@bp.post("/follow/<site>/<post:post>")
@limiter.limit(edit_limit)
def follow_thread(site: str, post: str) -> Response:
    """Ask a reader to confirm an address to which the comments of a thread are mailed."""
    id = _post(site, post)
    refuse_other_pages()
    typed = request.form.get("email", "")[: _LONGEST + 1]
    words = translations()
    try:
        asked = following.ask_to_follow(
            runtime(), g.site, typed, None, language=words.lang, client=client_address()
        )
        following.follow_thread(db.session(), runtime(), g.site, id, asked, now=utcnow())
    except Invalid:
        return _form(id, typed, words.t("needAddress"), status=422)
    except (PostClosed, PostNotAnnounced):
        return _form(id, general=words.t("closed"), status=409)
    except PostMoved as moved:
        return _form(moved.post, typed, general=words.t("again"), status=409)
    return _form(id, sent=True, status=202)


@bp.errorhandler(RateLimitExceeded)
def too_many(error: RateLimitExceeded) -> Response:
    """Show the form again to a rate-limited reader, with the time to wait."""
    named = request.view_args or {}
    try:
        id = _post(named["site"], named["post"])
    except ModerationError:
        return rate_limited(error)
    wait = seconds_to_wait()
    response = _form(
        id, request.form.get("email", "")[:_LONGEST], translations().t("wait", wait), status=429
    )
    response.headers["Retry-After"] = str(wait)
    return response


def _post(site: str, post: str) -> str:
    """Return the id of a post; sets the site of the request."""
    g.site = registry.find(db.session(), site)
    return check_external_id(post)


def _form(
    id: str,
    typed: str = "",
    problem: str = "",
    *,
    general: str = "",
    sent: bool = False,
    status: int = 200,
) -> Response:
    """Return the page with the form, or with the confirmation."""
    db.session().rollback()
    post = known_post(id)
    response = render_page(
        "embed_follow.html",
        status,
        links=links_of(g.site.name, id, here=False),
        article=article_of(post),
        title=post.title if post is not None else "",
        typed=typed,
        problem_of_address=problem,
        general=general,
        sent=sent,
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response
