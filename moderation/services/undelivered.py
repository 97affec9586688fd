"""Failed webhooks and mail: counted, listed, and sent again on demand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Row, Select, func, literal_column, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import Conflict
from moderation.storage.engine import begin_write
from moderation.storage.models.accounts import Moderator
from moderation.storage.models.jobs import Mail, OutboxMessage
from moderation.storage.models.sites import Site
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint

from . import audit, endpoints, outbox

#: Messages of a list, the newest failures first.
LISTED = 100
#: Failures are counted up to this number.
MOST = 100_000
#: A failure makes the service's health a warning for this long.
RECENT = timedelta(days=1)
_D = WebhookDelivery
# Written out, so that the planner sees that the indexes of these apply.
_FAILED_MESSAGE = OutboxMessage.state == literal_column("'failed'")
_FAILED_DELIVERY = WebhookDelivery.state == literal_column("'failed'")
_FAILED_MAIL = Mail.state == literal_column("'failed'")


@dataclass(frozen=True, slots=True)
class Failures:
    """Numbers of failed deliveries on all sites, and whether there are recent ones."""

    messages: int
    mails: int
    #: Endpoints whose receiver has answered 410, or that an admin has switched off.
    disabled: int
    #: There is a failure of the last day.
    recent_messages: bool
    recent_mails: bool


def failures(session: Session, *, now: datetime) -> Failures:
    """Count the failed deliveries."""

    def some(*conditions: Any) -> bool:
        return session.scalar(select(1).where(*conditions).limit(1)) is not None

    disabled = select(func.count(WebhookEndpoint.id)).where(
        WebhookEndpoint.disabled_at.is_not(None), WebhookEndpoint.disabled_why != outbox.REMOVED
    )
    return Failures(
        # Those of the outbox are verdicts for other platforms, and those of the previous release.
        messages=_count(session, WebhookDelivery.id, _FAILED_DELIVERY)
        + _count(session, OutboxMessage.id, _FAILED_MESSAGE),
        mails=_count(session, Mail.id, _FAILED_MAIL),
        disabled=session.scalar(disabled) or 0,
        recent_messages=some(_FAILED_DELIVERY, WebhookDelivery.finished_at > now - RECENT)
        or some(_FAILED_MESSAGE, OutboxMessage.finished_at > now - RECENT),
        recent_mails=some(_FAILED_MAIL, Mail.finished_at > now - RECENT),
    )


def warnings(session: Session, *, now: datetime) -> list[str]:
    """Return the warning codes for an operator, without names."""
    current = failures(session, now=now)
    return [
        code
        for code, applies in (
            ("webhook_disabled", current.disabled > 0),
            ("webhooks_failed", current.recent_messages),
            ("mails_failed", current.recent_mails),
        )
        if applies
    ]


# Webhooks


def webhook_state(session: Session, site: Site) -> dict[str, Any]:
    """Return the state of a site's first endpoint, and numbers of deliveries to all of them.

    The address comes without the parts that may be secret.
    """
    first = next(iter(endpoints.listed(session, site.id)), None)
    of_site = _D.endpoint_id.in_(_endpoints_of(site))
    last = session.execute(_failures(site).limit(1)).first()
    return {
        "address": audit.origin_of(first.url if first else None),
        "disabled_at": first.disabled_at if first else None,
        "waiting": _count(session, _D.id, of_site, _D.state == literal_column("'waiting'")),
        "failed": _count(session, _D.id, of_site, _FAILED_DELIVERY),
        "last_failure": _message(last) if last else None,
    }


def failed_messages(session: Session, site: Site) -> list[dict[str, Any]]:
    """Return the failed messages, the newest failures first, at most `LISTED`."""
    return [_message(row) for row in session.execute(_failures(site).limit(LISTED))]


def retry_messages(
    session: Session,
    site: Site,
    by: By,
    *,
    now: datetime,
    ids: Collection[UUID] | None = None,
    since: datetime | None = None,
) -> int:
    """Send failed messages again, from the first try on, and return how many; commits.

    All of them, or those with these ids, or those that failed since a moment. Each keeps its
    `webhook-id`. Raises Conflict where there are some and the site has no address.
    """
    begin_write(session)
    chosen = [_D.endpoint_id.in_(_endpoints_of(site)), _FAILED_DELIVERY]
    if ids is not None:
        chosen.append(_D.event_id.in_(ids))
    if since is not None:
        chosen.append(_D.finished_at >= since)
    count = _wait_again(session, WebhookDelivery, chosen, now, leased_until=None)
    if count:
        _audit(session, site, by, now, "site.webhook_retried", {"messages": count})
    session.commit()
    return count


def switch_webhook(session: Session, site: Site, by: By, *, on: bool, now: datetime) -> None:
    """Switch deliveries to a site's first endpoint on or off; commits. Messages wait meanwhile.

    Raises Conflict where the site has no address. A repeated call changes nothing.
    """
    begin_write(session)
    current = session.get(Site, site.id, populate_existing=True, with_for_update=True)
    first = next(iter(endpoints.listed(session, site.id)), None)
    if current is None or first is None:
        session.rollback()
        raise Conflict(
            "This site has no webhook address. Set one with "
            f"`moderation site settings {site.name} --webhook-url URL`."
        )
    if (first.disabled_at is None) is not on:
        endpoints.switch(first, on=on, now=now)
        endpoints.mirror(first, current)
        _audit(session, site, by, now, f"site.webhook_{'enabled' if on else 'disabled'}", {})
    session.commit()


def _endpoints_of(site: Site) -> Select[int]:
    return select(WebhookEndpoint.id).where(WebhookEndpoint.site_id == site.id)


def _failures(site: Site) -> Select[WebhookDelivery, str]:
    return (
        select(_D, OutboxMessage.type)
        .join(OutboxMessage, OutboxMessage.id == _D.event_id)
        .where(_D.endpoint_id.in_(_endpoints_of(site)), _FAILED_DELIVERY)
        .order_by(_D.finished_at.desc(), _D.id.desc())
    )


def _message(row: Row[WebhookDelivery, str]) -> dict[str, Any]:
    delivery, type = row
    return {
        "id": delivery.event_id,
        "endpoint": delivery.endpoint_id,
        "type": type,
        "comment_id": delivery.comment_id,
        "error": delivery.last_error,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "failed_at": delivery.finished_at,
    }


# Mail


def failed_mails(session: Session) -> list[dict[str, Any]]:
    """Return, by login, the number of failed lines of mail, with the last time and error."""
    lines_by_moderator = (
        select(Moderator.id, Moderator.login, func.count())
        .join(Mail, Mail.moderator_id == Moderator.id)
        .where(_FAILED_MAIL)
        .group_by(Moderator.id, Moderator.login)
        .order_by(Moderator.login)
    )
    return [
        {
            "login": login,
            "lines": lines,
            **(mail_problem(session, moderator_id, failed_only=True) or {}),
        }
        for moderator_id, login, lines in session.execute(lines_by_moderator).all()
    ]


def mail_problem(
    session: Session, moderator_id: int, *, failed_only: bool = False
) -> dict[str, Any] | None:
    """Return the time and error of a moderator's newest mail; None when it was sent."""
    states = ["failed"] if failed_only else ["failed", "sent"]
    newest = session.scalars(
        select(Mail)
        .where(Mail.moderator_id == moderator_id, Mail.state.in_(states))
        .order_by(Mail.finished_at.desc(), Mail.id.desc())
        .limit(1)
    ).first()
    if newest is None or newest.state != "failed":
        return None
    return {"failed_at": newest.finished_at, "error": newest.last_error}


def retry_mails(session: Session, *, now: datetime, login: str | None = None) -> int:
    """Send failed mail again, to all or to one moderator; return the number of lines. Commits.

    Comments decided in the meantime are left out when the mail is written.
    """
    begin_write(session)
    chosen = [_FAILED_MAIL]
    if login is not None:
        moderator_ids = select(Moderator.id).where(Moderator.login == login)
        chosen.append(Mail.moderator_id.in_(moderator_ids))
    count = _wait_again(session, Mail, chosen, now)
    session.commit()
    return count


def _count(session: Session, key: Any, *conditions: Any) -> int:
    bounded = select(key).where(*conditions).limit(MOST).subquery()
    return session.scalar(select(func.count()).select_from(bounded)) or 0


def _wait_again(
    session: Session, kind: Any, chosen: list[Any], now: datetime, **values: Any
) -> int:
    result = session.execute(
        update(kind)
        .where(*chosen)
        .values(state="waiting", attempts=0, due_at=now, finished_at=None, **values)
        .execution_options(synchronize_session=False)
    )
    return result.rowcount if isinstance(result, CursorResult) else 0


def _audit(
    session: Session, site: Site, by: By, now: datetime, action: str, detail: dict[str, Any]
) -> None:
    subject = f"site:{site.name}"
    audit.write(session, now, by.actor, by.name, action, subject, site_id=site.id, detail=detail)
