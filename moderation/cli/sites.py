"""`moderation site` and `secret`: sites, their settings and webhook secrets."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from moderation.domain.hosts import masked_password

from . import terminal
from .base import allowed_networks, find_site, now, open_session

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from moderation.storage.models.sites import Site

#: Maximum number of printed entries of a list.
LISTED = 20

# Sites


@click.group()
def site() -> None:
    """Sites whose comments this service keeps."""


@site.command("add")
@click.argument("name")
@click.option("--title", type=terminal.LINE, default="")
@click.option("--origin", "origins", multiple=True, help="Origin that may embed; repeatable.")
@click.option("--webhook-url", default="", help="Address that receives decisions.")
@click.option(
    "--hold-first",
    type=click.IntRange(0, 1000),
    default=1,
    show_default=True,
    help="Hold the first N comments of every author; 0 publishes newcomers at once.",
)
def site_add(
    name: str, title: str, origins: tuple[str, ...], webhook_url: str, hold_first: int
) -> None:
    """Add a site; prints its webhook secret."""
    from moderation.services.sites import changes

    with open_session() as session:
        added, secret = changes.add(
            session,
            name,
            title=title,
            origins=list(origins),
            now=now(),
            # Explicit, so that sites that exist keep what they have.
            settings={"hold_first": hold_first},
        )
        if webhook_url:
            allowed = allowed_networks()
            changes.change(session, added, webhook_url=webhook_url, allowed=allowed, now=now())
    terminal.show(f"Site {name} was added.")
    if hold_first:
        terminal.show(
            f"Comments of an author wait for a moderator until {hold_first} of them "
            f"{'is' if hold_first == 1 else 'are'} approved."
            f"\nTo publish newcomers at once: moderation site settings {name} hold_first=0"
        )
    # Scripts read the secret from the last line.
    terminal.show(f"Its webhook secret is\n{secret}")


@site.command("list")
def site_list() -> None:
    """List the sites."""
    from sqlalchemy import select

    from moderation.services import endpoints, undelivered
    from moderation.storage.models.sites import Site

    with open_session() as session:
        for row in session.scalars(select(Site).order_by(Site.name)).all():
            trouble = _trouble(undelivered.webhook_state(session, row))
            addresses = ", ".join(masked_password(e.url) for e in endpoints.listed(session, row.id))
            columns = (row.name, ", ".join(row.origins), addresses or "-", trouble)
            terminal.row(*(columns if trouble else columns[:3]))


def _trouble(webhook: dict[str, Any]) -> str:
    """Return the problems of a site's webhook in a few words; empty when there are none."""
    found = []
    if webhook["disabled_at"]:
        found.append(f"switched off since {webhook['disabled_at']:%Y-%m-%d %H:%M} UTC")
    if webhook["failed"]:
        error = webhook["last_failure"]["error"]
        found.append(f"{webhook['failed']} failed, the last with {error}")
    return "; ".join(found)


@site.command("settings")
@click.argument("name")
@click.argument("assignments", nargs=-1, metavar="[KEY=JSON]...")
@click.option("--origin", "origins", multiple=True, help="Replaces all origins; repeatable.")
@click.option("--title", type=terminal.LINE)
@click.option("--webhook-url", help="Empty: send no webhooks.")
def site_settings(
    name: str,
    assignments: tuple[str, ...],
    origins: tuple[str, ...],
    title: str | None,
    webhook_url: str | None,
) -> None:
    """Show a site's settings, or change them: KEY=JSON, KEY=null for the default.

    KEY=@FILE reads a list from a file, one entry per line.
    """
    from moderation.services.sites import changes

    with open_session() as session:
        found = find_site(session, name)
        if assignments or origins or title is not None or webhook_url is not None:
            changes.change(
                session,
                found,
                now=now(),
                settings=dict(_assignment(a) for a in assignments) if assignments else None,
                origins=list(origins) or None,
                title=title,
                webhook_url=webhook_url,
                allowed=allowed_networks(),
            )
            found = find_site(session, name)
        for line in _lines_of(session, found):
            terminal.show(line)


def _lines_of(session: "Session", site: "Site") -> Iterator[str]:
    """Yield a site's settings as lines, with the defaults of those that are not set."""
    from moderation.services import endpoints, undelivered
    from moderation.services.sites.preview import default_of
    from moderation.services.sites.settings_schema import SITE_SETTINGS

    yield f"title = {json.dumps(site.title, ensure_ascii=False)}    (--title)"
    yield f"origins = {json.dumps(site.origins)}    (--origin)"
    urls = [masked_password(endpoint.url) for endpoint in endpoints.listed(session, site.id)]
    yield f"webhook address = {urls[0] if urls else '(none)'}    (--webhook-url)"
    if urls[1:]:
        yield f"    and {len(urls) - 1} more: see `moderation webhook endpoints {site.name}`"
    trouble = _trouble(undelivered.webhook_state(session, site))
    if trouble:
        yield f"    {trouble}: see `moderation webhook list {site.name}`"
    for key, meaning in SITE_SETTINGS.items():
        if key in site.settings:
            yield f"{key} = {_shown(site.settings[key])}"
        else:
            yield f"{key} = {_shown(default_of(key))} (default)"
        yield f"    {meaning}"


def _shown(value: Any) -> str:
    if isinstance(value, list) and len(value) > LISTED:
        return f"{json.dumps(value[:LISTED])[:-1]}, … {len(value)} entries]"
    return json.dumps(value, ensure_ascii=False)


def _assignment(raw: str) -> tuple[str, Any]:
    key, equals, value = raw.partition("=")
    if not equals:
        raise click.UsageError(f"{raw!r} is not KEY=JSON, like hold_first=1.")
    if value.startswith("@"):
        return key, _lines(Path(value[1:]))
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} cannot be read: {error}") from None
    return [line for line in lines if line.strip()]


@site.command("remove")
@click.argument("name")
@click.confirmation_option(prompt="This removes the site with all its comments. Continue?")
def site_remove(name: str) -> None:
    """Remove a site with its posts and comments, a few at a time.

    To continue an interrupted removal, remove NAME.removed-… of `site list`.
    """
    from moderation.services import export_files
    from moderation.services.sites import removal
    from moderation.startup import load_settings

    with open_session() as session:
        removal.remove(session, find_site(session, name), now=now())
        export_files.remove_unknown(session, load_settings())
    terminal.show(f"Site {name} was removed.")


# Secrets


@click.group()
def secret() -> None:
    """A site's webhook secrets."""


@secret.command("list")
@click.argument("site_name", metavar="SITE")
def secret_list(site_name: str) -> None:
    """Print the valid secrets, newest first."""
    from moderation.services.sites import registry

    with open_session() as session:
        for value in registry.secrets_of(session, find_site(session, site_name).id):
            terminal.show(value)


@secret.command("add")
@click.argument("site_name", metavar="SITE")
@click.pass_context
def secret_add(context: click.Context, site_name: str) -> None:
    """Alias of `secret rotate`."""
    context.invoke(secret_rotate, site_name=site_name)


@secret.command("rotate")
@click.argument("site_name", metavar="SITE")
def secret_rotate(site_name: str) -> None:
    """Add a new secret; the previous one stays valid until `secret remove`."""
    from moderation.services.sites import secrets

    with open_session() as session:
        found = find_site(session, site_name)
        terminal.show(secrets.rotate(session, found, now=now()))


@secret.command("remove")
@click.argument("site_name", metavar="SITE")
def secret_remove(site_name: str) -> None:
    """End a rotation: only the newest secret stays valid."""
    from moderation.services.sites import secrets

    with open_session() as session:
        found = find_site(session, site_name)
        dropped = secrets.drop_old(session, found, now=now())
    terminal.show(f"{dropped} older secret{'' if dropped == 1 else 's'} removed.")
