"""Webhooks of other systems: the addresses that they call, and the review API's view of them."""

from datetime import datetime
from typing import Any

from flask import Response, current_app, g, request

from moderation.services.sites import registry
from moderation.services.webhooks import hook_log, hook_secrets, hooks, mail_reports
from moderation.services.webhooks.hook_signatures import FORMS, Adapter
from moderation.services.webhooks.incoming import SiteEvent
from moderation.services.webhooks.mail_reports import MailReport
from moderation.services.webhooks.mail_signatures import HEADERS, header_of
from moderation.services.webhooks.post_notices import PostNotice, ghost_notice, wordpress_notice
from moderation.storage.models.sites import Site

from ..auth import require_recent_password, require_senior, reviewer_required, runtime, utcnow
from ..database import db
from ..responses import dumps
from ..schemas.hooks import (
    GhostIn,
    HookDeliveriesOut,
    HookDeliveriesQuery,
    HookOutcomeOut,
    HookSecretIn,
    HooksOut,
    MailEventIn,
    NewHookSecretOut,
    WordPressIn,
)
from ..state import app_state
from . import comments
from .framework import ApiBlueprint, parse_json
from .review import TOKEN, named_site
from .webhooks import event_of, load, pointing_into_data

bp = ApiBlueprint("hooks", __name__, url_prefix="/api/v1", description="For the main site")
review_bp = ApiBlueprint(
    "hook_review", __name__, url_prefix="/api/v1/review", description="Review API"
)
#: Ghost sends the post itself along, up to three times; SendGrid many events at once; SES the
#: headers of the mail.
_LARGEST = {
    Adapter.GHOST: 4 * 1024 * 1024,
    Adapter.SENDGRID: 4 * 1024 * 1024,
    Adapter.SES: 1024 * 1024,
    Adapter.MAILGUN: 1024 * 1024,
    Adapter.POSTMARK: 1024 * 1024,
}


@bp.post("/sites/<site>/webhooks/<adapter>")
@bp.doc(requestBody={"required": True, "content": {"application/json": {"schema": {}}}})
@bp.response(200, HookOutcomeOut)
def receive_hook(site: str, adapter: str) -> Response:
    """Receive a webhook in the form of another system, signed with a secret of this address."""
    kind, found, now = hooks.adapter_of(adapter), registry.find(db.session(), site), utcnow()
    if kind in _LARGEST:
        request.max_content_length = _LARGEST[kind]
    if kind in HEADERS:
        return _receive_mail_report(found, kind, now)
    with pointing_into_data():
        result = hooks.receive(db.session(), runtime(), found, _sent(kind), _READERS[kind], now=now)
    if result.receipt is not None:
        return comments.answer(
            runtime(), result.receipt, now, published=201, settings=found.settings, asked=request
        )
    return dumps({"outcome": result.outcome})


def _receive_mail_report(site: Site, adapter: Adapter, now: datetime) -> Response:
    """Receive bounces and complaints, which are answered alike for every address."""
    body = request.get_data(cache=False)
    sent = mail_reports.Sent(adapter, lambda name: request.headers.get(name, ""), body)
    topics = app_state(current_app).sns_topics
    result = mail_reports.receive(db.session(), runtime(), site, sent, topics, _own_report, now=now)
    return dumps({"outcome": result.outcome})


def _own_report(content: Any) -> MailReport | None:
    event = load(MailEventIn(), content, "#")
    if not event["data"]["permanent"]:
        return None
    return MailReport(event["data"]["address"], event["type"].partition(".")[2])


def _sent(adapter: Adapter) -> hooks.Sent:
    form = FORMS[adapter]
    delivery = request.headers.get(form.delivery_header, "") if form.delivery_header else ""
    return hooks.Sent(
        adapter, request.headers.get(form.header, ""), delivery, request.get_data(cache=False)
    )


def _own(id: str, body: bytes) -> SiteEvent:
    return event_of(id, parse_json(body))


def _ghost(_id: str, body: bytes) -> PostNotice | None:
    return ghost_notice(load(GhostIn(), parse_json(body), "#"))


def _wordpress(_id: str, body: bytes) -> PostNotice:
    return wordpress_notice(load(WordPressIn(), parse_json(body), "#"))


_READERS: dict[Adapter, hooks.Reader] = {
    **dict.fromkeys(FORMS, _own),
    Adapter.GHOST: _ghost,
    Adapter.WORDPRESS: _wordpress,
}


# Review API


@review_bp.get("/sites/<site_name>/hooks")
@review_bp.doc(security=TOKEN)
@reviewer_required()
@review_bp.response(200, HooksOut)
def list_hooks(site_name: str) -> Response:
    """List the addresses for other systems' webhooks, and their secrets by the last four."""
    site = named_site(site_name)
    require_senior(site.id)
    secrets = hook_secrets.listed(db.session(), site.id)
    return dumps({"hooks": [_hook(site.name, each, secrets) for each in Adapter]})


def _hook(site: str, adapter: Adapter, secrets: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "adapter": adapter.value,
        "address": address_of(site, adapter),
        "header": header_of(adapter),
        "secrets": [
            {name: value for name, value in each.items() if name != "adapter"}
            for each in secrets
            if each["adapter"] == adapter
        ],
    }


def address_of(site: str, adapter: Adapter) -> str:
    """Return the address that a system is to call."""
    return f"{runtime().settings.public_url}/api/v1/sites/{site}/webhooks/{adapter}"


@review_bp.post("/sites/<site_name>/hooks/secrets")
@review_bp.doc(security=TOKEN)
@reviewer_required("admin")
@review_bp.arguments(HookSecretIn())
@review_bp.response(201, NewHookSecretOut)
def add_hook_secret(given: dict[str, Any], site_name: str) -> Response:
    """Add a secret for one kind of sender; the one before it stays valid."""
    site, adapter = named_site(site_name), Adapter(given["adapter"])
    require_recent_password()
    secret = hook_secrets.add(
        db.session(), site, adapter, g.reviewer.by, now=utcnow(), secret=given["secret"]
    )
    shown = {"adapter": adapter.value, "address": address_of(site.name, adapter), "secret": secret}
    return dumps(shown, 201)


@review_bp.delete("/sites/<site_name>/hooks/secrets/<int(max=2147483647):secret_id>")
@review_bp.doc(security=TOKEN)
@reviewer_required("admin")
@review_bp.response(204)
def remove_hook_secret(site_name: str, secret_id: int) -> Response:
    """Remove a secret, effective at once; without any, the address accepts nothing."""
    site = named_site(site_name)
    hook_secrets.remove(db.session(), site, secret_id, g.reviewer.by, now=utcnow())
    return Response(status=204)


@review_bp.get("/sites/<site_name>/hooks/deliveries")
@review_bp.doc(security=TOKEN)
@reviewer_required()
@review_bp.arguments(HookDeliveriesQuery(), location="query")
@review_bp.response(200, HookDeliveriesOut)
def list_hook_deliveries(given: dict[str, Any], site_name: str) -> Response:
    """List the newest deliveries with their outcomes; seniors and admins."""
    site = named_site(site_name)
    require_senior(site.id)
    found = hook_log.newest(db.session(), site.id, before_id=given["before"], limit=given["limit"])
    return dumps({"deliveries": found})
