"""A site's own checker: its settings, its state, and a preview of what it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.checker import Checker, Shape, Unavailable, from_stored
from moderation.domain.errors import Invalid, NotFound, SiteNotFound
from moderation.storage.change_feed import notify_readers
from moderation.storage.models.checks import CheckerState, OutsideCheck
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import audit
from ..outbound import Networks, check_address
from ..sites.settings_schema import field_errors
from . import checker_shapes
from .checker_schema import CheckerIn
from .checker_shapes import Subject

#: Stands for the secret wherever a request is shown.
MASKED = "(secret)"
#: A comment that was not checked makes the service's health a warning for this long.
RECENT = timedelta(hours=1)
#: Larger numbers are reported as this one.
MOST = 100_000
_SAMPLE = "A sample comment, as the checker would receive it."


class NoChecker(NotFound):
    """The site has no checker of its own."""

    code = "no_checker"


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of all sites, for metrics and health."""

    #: Comments that wait for a check.
    waiting: int
    #: Checkers with an open circuit breaker.
    open: int
    #: Checkers that did not get a comment within the last hour: breaker or daily cap.
    skipping: int


def save(
    session: Session,
    site: Site,
    given: Mapping[str, Any],
    *,
    allowed: Networks,
    now: datetime,
    by: By,
) -> None:
    """Replace the checker's settings; commits. Raises Invalid with each error, or BadAddress.

    An omitted secret is kept, unless the requests would now carry it to another origin.
    """
    checker, secret = _loaded(given)
    check_address(checker.url, allowed)

    def store() -> None:
        current = session.get(Site, site.id, populate_existing=True, with_for_update=True)
        if current is None:
            raise SiteNotFound("This site was removed. Check its name.")
        before = from_stored(current.checker) if current.checker else None
        state = session.get(CheckerState, site.id, with_for_update=True)
        if state is None:
            state = CheckerState(site_id=site.id, secret="", failures=0, sent=0, day="")
            session.add(state)
        moved = before is None or audit.origin_of(before.url) != audit.origin_of(checker.url)
        if secret is not None or moved:
            state.secret = secret or ""
        # A new address or secret is a new chance.
        state.failures, state.open_until, state.last_error = 0, None, ""
        current.checker = checker.stored()
        current.version += 1
        notify_readers(session, f"site:{site.id}")
        detail = {
            "address": audit.origin_of(checker.url),
            "enabled": checker.enabled,
            "secret_changed": secret is not None or moved,
        }
        _audit(session, site, "site.checker_changed", now, by, detail)

    transact(session, store)


def remove(session: Session, site: Site, *, now: datetime, by: By) -> None:
    """Remove the checker with its secret; commits. Comments that wait for it are held."""

    def forget() -> None:
        current = session.get(Site, site.id, populate_existing=True, with_for_update=True)
        if current is None or not current.checker:
            return
        current.checker = None
        current.version += 1
        session.execute(delete(CheckerState).where(CheckerState.site_id == site.id))
        notify_readers(session, f"site:{site.id}")
        _audit(session, site, "site.checker_removed", now, by, {})

    transact(session, forget)


def view(session: Session, site: Site, *, now: datetime) -> dict[str, Any]:
    """Return the checker's settings and state; `checker` is None without one."""
    stored = session.execute(select(Site.checker).where(Site.id == site.id)).scalar_one()
    if not stored:
        return {"site": site.name, "checker": None, "state": None}
    checker = from_stored(stored)
    state = session.get(CheckerState, site.id, populate_existing=True)
    waiting = select(OutsideCheck.comment_id).where(OutsideCheck.site_id == site.id).limit(MOST)
    return {
        "site": site.name,
        "checker": {**checker.stored(), "secret_header": checker_shapes.header_of(checker)},
        "state": {
            "has_secret": bool(state and state.secret),
            "breaker": _breaker(checker, state, now),
            "failures": state.failures if state else 0,
            "open_until": state.open_until if state else None,
            "last_error": state.last_error if state else "",
            "sent_today": sent_on(state, now),
            "waiting": session.scalar(select(func.count()).select_from(waiting.subquery())) or 0,
            "skipped_at": state.skipped_at if state else None,
        },
    }


def preview(
    session: Session, site: Site, *, text: str = "", given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the request for a comment as it would be sent, the secret masked; sends nothing.

    With `given`, by these settings, before they are saved. Raises NoChecker without any.
    """
    if given is not None:
        checker, secret = _loaded(given)
        has_secret = bool(secret) or _has_secret(session, site)
    else:
        stored = session.execute(select(Site.checker).where(Site.id == site.id)).scalar_one()
        if not stored:
            raise NoChecker("This site has no checker of its own. Save one first.")
        checker, has_secret = from_stored(stored), _has_secret(session, site)
    subject = Subject(
        text=text or _SAMPLE,
        author_name="Ada",
        comment_id="01930000-0000-7000-8000-000000000000",
        post="/an/article",
        post_url="https://news.example/an/article",
        site=site.name,
    )
    request = checker_shapes.build(checker, MASKED if has_secret else "", subject)
    return {
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "body": checker_shapes.body_of(checker, subject),
        "personal_data": sorted(_personal(checker)),
    }


def sent_on(state: CheckerState | None, now: datetime) -> int:
    """Return the number of requests of the day of `now`."""
    return state.sent if state and state.day == day_of(now) else 0


def day_of(now: datetime) -> str:
    """Return the day in UTC whose requests are counted."""
    return now.astimezone(UTC).date().isoformat()


def counts(session: Session, *, now: datetime) -> Counts:
    """Count what waits for checkers, and the checkers that get nothing."""
    waiting = select(OutsideCheck.comment_id).limit(MOST).subquery()
    is_open = select(func.count()).select_from(CheckerState).where(CheckerState.open_until > now)
    skipping = (
        select(func.count()).select_from(CheckerState).where(CheckerState.skipped_at > now - RECENT)
    )
    return Counts(
        waiting=session.scalar(select(func.count()).select_from(waiting)) or 0,
        open=session.scalar(is_open) or 0,
        skipping=session.scalar(skipping) or 0,
    )


def warnings(session: Session, *, now: datetime) -> list[str]:
    """Return the warning codes for an operator, without names."""
    current = counts(session, now=now)
    return ["checker_unavailable"] if current.open or current.skipping else []


def _loaded(given: Mapping[str, Any]) -> tuple[Checker, str | None]:
    try:
        loaded = CheckerIn().load(given)
    except ValidationError as error:
        raise Invalid(
            "The checker is not valid. See errors for each field.",
            errors=field_errors(error.messages),
        ) from None
    secret = loaded.pop("secret", None)
    checker = Checker(
        **{
            **loaded,
            "shape": Shape(loaded["shape"]),
            "unavailable": Unavailable(loaded["unavailable"]),
            "attributes": tuple(loaded["attributes"]),
        }
    )
    return checker, secret


def _has_secret(session: Session, site: Site) -> bool:
    state = session.get(CheckerState, site.id, populate_existing=True)
    return bool(state and state.secret)


def _personal(checker: Checker) -> set[str]:
    """Return the names of the values beside the text that tell something about a person."""
    if checker.shape is not Shape.JSON:
        return set()
    return checker_shapes.places_of(dict(checker.template)) & {"author_name", "comment_id"}


def _breaker(checker: Checker, state: CheckerState | None, now: datetime) -> str:
    if state is None or state.failures < checker.failures:
        return "closed"
    return "open" if state.open_until and now < state.open_until else "half-open"


def _audit(
    session: Session, site: Site, action: str, now: datetime, by: By, detail: dict[str, Any]
) -> None:
    subject = f"site:{site.name}"
    audit.write(session, now, by.actor, by.name, action, subject, site_id=site.id, detail=detail)
