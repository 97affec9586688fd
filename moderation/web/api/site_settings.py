"""Review API: a site's settings, its webhook, and a preview of the judgement."""

from typing import Any

from flask import Response, g, request

from moderation.domain.judgement import Draft
from moderation.services import undelivered
from moderation.services.sites import changes, preview
from moderation.storage.models.sites import Site

from ..auth import require_senior, reviewer_required, utcnow
from ..database import db
from ..responses import dumps
from ..schemas.site_settings import (
    DeliveriesOut,
    RetryIn,
    RetryOut,
    SiteChangeIn,
    SiteOut,
    SwitchIn,
    TrialIn,
    TrialOut,
)
from .framework import ApiBlueprint
from .review import TOKEN, named_site

bp = ApiBlueprint("settings", __name__, url_prefix="/api/v1/review", description="Review API")
MATCH = {"in": "header", "name": "If-Match", "schema": {"type": "string"}}
#: Enough for a word list of a hundred thousand lines.
LARGEST_BODY = 8 * 1024 * 1024


@bp.before_request
def take_long_lists() -> None:
    """Allow the larger body that long word lists need."""
    if request.method == "PATCH":
        request.max_content_length = LARGEST_BODY


@bp.get("/sites/<site_name>/settings")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, SiteOut)
def read_settings(site_name: str) -> Response:
    """Read a site's settings and the defaults; allowed for seniors and admins."""
    site = named_site(site_name)
    require_senior(site.id)
    return _answer(site)


@bp.patch("/sites/<site_name>/settings")
@bp.doc(security=TOKEN, parameters=[MATCH])
@reviewer_required("admin")
@bp.arguments(SiteChangeIn())
@bp.response(200, SiteOut)
@bp.alt_response(412, description="They changed since the version in If-Match: read them again.")
def change_settings(given: dict[str, Any], site_name: str) -> Response:
    """Change the given settings; with If-Match, only if they have not changed since."""
    site, by = named_site(site_name), g.reviewer.by
    changes.change(
        db.session(),
        site,
        now=utcnow(),
        by=by.name,
        actor=by.actor,
        expected=expected(site),
        **given,
    )
    return _answer(named_site(site_name))


@bp.get("/sites/<site_name>/webhook")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, DeliveriesOut)
def read_webhook(site_name: str) -> Response:
    """Read the state of a site's webhook and its failed messages; seniors and admins."""
    site = named_site(site_name)
    require_senior(site.id)
    return _deliveries(site)


@bp.patch("/sites/<site_name>/webhook")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(SwitchIn())
@bp.response(200, DeliveriesOut)
def switch_webhook(given: dict[str, Any], site_name: str) -> Response:
    """Switch deliveries on or off; queued messages are sent once they are on again."""
    site = named_site(site_name)
    undelivered.switch_webhook(db.session(), site, g.reviewer.by, on=given["enabled"], now=utcnow())
    return _deliveries(named_site(site_name))


@bp.post("/sites/<site_name>/webhook/retries")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(RetryIn())
@bp.response(200, RetryOut)
def retry_webhooks(given: dict[str, Any], site_name: str) -> Response:
    """Resend failed messages: all, by ids, or since a time."""
    site = named_site(site_name)
    queued = undelivered.retry_messages(db.session(), site, g.reviewer.by, now=utcnow(), **given)
    return dumps({"queued": queued})


def _deliveries(site: Site) -> Response:
    session = db.session()
    return dumps(
        {
            "webhook": undelivered.webhook_state(session, site),
            "failed": undelivered.failed_messages(session, site),
        }
    )


@bp.post("/sites/<site_name>/trials")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(TrialIn())
@bp.response(200, TrialOut)
def try_text(given: dict[str, Any], site_name: str) -> Response:
    """Judge a text with a site's settings; stores nothing. Allowed for seniors and admins."""
    site = named_site(site_name)
    require_senior(site.id)
    author = given["author"]
    draft = Draft(given["text"], author["name"], author["email"], author["website"])
    changes = given["settings"]
    return dumps(preview.preview_judgement(site, draft, now=utcnow(), changes=changes))


def _answer(site: Site) -> Response:
    return tagged(site, preview.view(db.session(), site))


def tagged(site: Site, view: dict[str, Any]) -> Response:
    """Return a response with the settings and their ETag, for If-Match."""
    return dumps(view, headers={"ETag": f'"{_tag(site)}"'})


def expected(site: Site) -> int | None:
    """Return the version in If-Match; a malformed one becomes one that never matches."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    return site.version if request.if_match.contains(_tag(site)) else 0


def _tag(site: Site) -> str:
    # A site that is removed and added again under the same name has other versions.
    return f"{site.id}-{site.version}"
