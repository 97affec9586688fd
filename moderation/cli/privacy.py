"""`moderation privacy`: everything about one person, its erasure, and retention."""

import sys
from typing import TYPE_CHECKING
from uuid import UUID

import click

from . import terminal
from .base import find_site, now, open_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from moderation.services.privacy.persons import Person
    from moderation.services.signing import Signing
    from moderation.storage.models.sites import Site


@click.group()
def privacy() -> None:
    """Personal data: export and erase one person, and what is kept how long."""


def _named(command: "Callable[..., None]") -> "Callable[..., None]":
    """Add the options that name a person; several together are one person."""
    for option in (
        click.option(
            "--comment",
            "comments",
            type=click.UUID,
            multiple=True,
            metavar="ID",
            help="The author of a comment; repeatable.",
        ),
        click.option("--author-id", metavar="ID", help="The main site's own id of the person."),
        click.option("--email", metavar="ADDRESS"),
        click.option("--site", "site_name", required=True, metavar="SITE"),
    ):
        command = option(command)
    return command


def _signing() -> "Signing":
    from moderation.services.signing import Signing
    from moderation.startup import load_settings

    return Signing(load_settings())


def _person(
    session: "Session",
    signing: "Signing",
    site: "Site",
    email: str | None,
    author_id: str | None,
    comments: tuple[UUID, ...],
) -> "Person":
    from moderation.services.privacy import persons

    found = []
    if email or author_id:
        found.append(persons.by_identity(signing, site, email=email, author_id=author_id))
    if comments:
        found.append(persons.by_comments(session, site, comments))
    if not found:
        raise click.UsageError("Name the person by --email, --author-id or --comment.")
    return persons.together(*found)


@privacy.command("export")
@_named
@click.option("--format", "form", type=click.Choice(("json", "html")), default="json")
def privacy_export(
    site_name: str, email: str | None, author_id: str | None, comments: tuple[UUID, ...], form: str
) -> None:
    """Write everything about one person to standard output, as JSON or as a page."""
    from moderation.services.accounts.authentication import CLI
    from moderation.services.privacy import export, requests
    from moderation.services.privacy.registry import Audience

    signing = _signing()
    with open_session() as session:
        site = find_site(session, site_name)
        person = _person(session, signing, site, email, author_id, comments)
        requests.note_export(session, signing, site, person, CLI, now=now())
        made = export.prepare(session, signing, site, person, Audience.SITE, now=now())
        for part in export.as_json(made) if form == "json" else export.as_html(made):
            sys.stdout.buffer.write(part)


@privacy.command("erase")
@_named
@click.option("--now", "at_once", is_flag=True, help="Without the grace of 24 hours.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def privacy_erase(
    site_name: str,
    email: str | None,
    author_id: str | None,
    comments: tuple[UUID, ...],
    at_once: bool,
    yes: bool,
) -> None:
    """Erase one person from the site: after 24 hours, or at once with --now."""
    from sqlalchemy import func, select

    from moderation.services.accounts.authentication import CLI
    from moderation.services.privacy import requests
    from moderation.storage.models.comments import Comment

    signing = _signing()
    with open_session() as session:
        site = find_site(session, site_name)
        person = _person(session, signing, site, email, author_id, comments)
        number = session.scalar(select(func.count()).where(person.wrote()).select_from(Comment))
        session.rollback()
        if not yes:
            when = "now" if at_once else "in 24 hours"
            click.confirm(
                f"Erase {number} comment{'' if number == 1 else 's'} and everything else about"
                f" this person on {site_name} {when}? It cannot be undone afterwards.",
                abort=True,
            )
        if at_once:
            requests.erase_now(session, signing, site, person, CLI, now=now())
            terminal.show(f"Erased: {number} comment{'' if number == 1 else 's'}.")
            return
        pending = requests.add(session, site, person, CLI, now=now())
    terminal.show(
        f"{pending.id} will be erased after {pending.due_at:%Y-%m-%d %H:%M} UTC, by the worker.\n"
        f"Withdraw: moderation privacy withdraw --site {site_name} {pending.id}"
    )


@privacy.command("requests")
@click.option("--site", "site_name", required=True, metavar="SITE")
def privacy_requests(site_name: str) -> None:
    """List the erasures that wait: id, time requested, time due, and by whom."""
    from moderation.services.privacy import requests

    with open_session() as session:
        for pending in requests.pending_on(session, find_site(session, site_name)):
            times = (pending.requested_at, pending.due_at)
            asked, due = (f"{at:%Y-%m-%d %H:%M} UTC" for at in times)
            terminal.row(str(pending.id), asked, due, pending.actor, pending.actor_name)


@privacy.command("withdraw")
@click.option("--site", "site_name", required=True, metavar="SITE")
@click.argument("request_id", type=click.UUID)
def privacy_withdraw(site_name: str, request_id: UUID) -> None:
    """Withdraw an erasure that waits."""
    from moderation.services.accounts.authentication import CLI
    from moderation.services.privacy import requests

    with open_session() as session:
        site = find_site(session, site_name)
        requests.withdraw(session, site, request_id, CLI, now=now())
    terminal.show("Withdrawn.")


@privacy.command("retention")
@click.option("--site", "site_name", required=True, metavar="SITE")
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
def privacy_retention(site_name: str, dry_run: bool) -> None:
    """Remove what the site's settings keep no longer, as the worker does every hour."""
    from moderation.services.privacy import retention
    from moderation.startup import load_settings

    settings = load_settings()
    with open_session() as session:
        site = find_site(session, site_name)
        gone = (
            retention.count(session, site, settings, now=now())
            if dry_run
            else retention.apply(session, site, settings, now=now(), most=None)
        )
        for each in gone:
            kept = f"after {each.days} days" if each.days else "kept"
            terminal.row(each.name, kept, f"{each.number} {'would go' if dry_run else 'gone'}")


@privacy.command("compact")
def privacy_compact() -> None:
    """Rewrite SQLite's file without the space of removed rows; nothing is written meanwhile.

    Takes a free disk of the file's size, and about a second per 100 MB.
    """
    from moderation.storage.engine import compact

    with open_session() as session:
        compact(session)
    terminal.show("Rewritten.")
