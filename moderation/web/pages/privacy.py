"""A reader's page about their data, without scripts: what is kept, its export and erasure.

A reader's sign-on token comes in a form and goes on in the page's own forms: it is in no
address, so it gets into no history, log, cache or Referer.
"""

from typing import Any

from flask import Blueprint, Response, g, request

from moderation.domain import actors
from moderation.domain.errors import NotFound, SignOnExpired, SignOnInvalid
from moderation.domain.members import Member, looks_signed_on
from moderation.services.privacy import persons, requests
from moderation.services.privacy.persons import Person
from moderation.services.privacy.registry import Audience
from moderation.services.sites import registry
from moderation.services.sites.preview import default_of

from ..auth import reader_of, runtime, utcnow
from ..database import db
from ..personal_data import exported
from ..rate_limits import edit_limit, limiter
from .i18n import PAGE_WORDS
from .render import privacy_address, render_page, translations

bp = Blueprint("privacy_page", __name__, template_folder="templates")


@bp.get("/privacy/<site>")
def show(site: str) -> Response:
    """Show what is kept about those who comment on a site."""
    g.site = registry.find(db.session(), site)
    return _page()


@bp.post("/privacy/<site>")
@limiter.limit(edit_limit)
def act(site: str) -> Response:
    """Show a signed-in reader's choices; `do` may be json, html, ask, erase or keep."""
    g.site = registry.find(db.session(), site)
    token = request.form.get("token", "")
    if not looks_signed_on(token):
        return _page()
    try:
        member = reader_of(g.site, token)
    except (SignOnExpired, SignOnInvalid):
        return _page(problem=translations().t("signedOut"), status=401)
    person = persons.of_member(runtime(), member)
    wanted = request.form.get("do", "")
    if wanted in ("json", "html"):
        words = translations()
        texts = {"words": PAGE_WORDS[words.lang], "lang": words.lang, "dir": words.dir}
        return exported(g.site, person, Audience.PERSON, wanted, **texts)
    if wanted == "erase":
        requests.add(db.session(), g.site, person, actors.AUTHOR, now=utcnow())
    elif wanted == "keep":
        _keep(person)
    return _page(member=member, token=token, person=person, asked=wanted == "ask")


def _keep(person: Person) -> None:
    waiting = requests.pending_of(db.session(), person)
    try:
        if waiting is not None:
            requests.withdraw(db.session(), g.site, waiting.id, actors.AUTHOR, now=utcnow())
    except NotFound:
        # It has begun: the page shows that nothing waits any more.
        db.session().rollback()


def _page(
    *,
    member: Member | None = None,
    token: str = "",
    person: Person | None = None,
    asked: bool = False,
    problem: str = "",
    status: int = 200,
) -> Response:
    def days(name: str) -> int:
        return int(g.site.settings.get(name, default_of(name)))

    pending = requests.pending_of(db.session(), person) if person else None
    values: dict[str, Any] = {
        "address_days": days("address_days") or runtime().settings.address_retention_days,
        "rejected_days": days("rejected_days"),
    }
    response = render_page(
        "embed_privacy.html",
        status,
        member=member,
        token=token,
        asked=asked,
        pending=pending,
        problem=problem,
        here=privacy_address(),
        site_title=g.site.title or g.site.name,
        **values,
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
