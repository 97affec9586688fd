"""`moderation site` and `secret`: sites, their settings, and what signs their webhooks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .store_cli import find_site, now, store

if TYPE_CHECKING:
    from moderation.storage.sites import Site

#: Entries of a list that are printed.
LISTED = 20

# Sites


@click.group()
def site() -> None:
    """Sites whose comments this service keeps."""


@site.command("add")
@click.argument("name")
@click.option("--title", default="")
@click.option("--origin", "origins", multiple=True, help="Origin that may embed; repeatable.")
@click.option("--webhook-url", default="", help="Where decisions are told.")
def site_add(name: str, title: str, origins: tuple[str, ...], webhook_url: str) -> None:
    """Add a site; prints its webhook secret."""
    from moderation.services import sites

    with store() as session:
        added, secret = sites.add(session, name, title=title, origins=list(origins), now=now())
        if webhook_url:
            sites.change(session, added, webhook_url=webhook_url, now=now())
    click.echo(f"Site {name} was added. Its webhook secret is\n{secret}")


@site.command("list")
def site_list() -> None:
    """List the sites."""
    from sqlalchemy import select

    from moderation.storage.sites import Site

    with store() as session:
        for row in session.scalars(select(Site).order_by(Site.name)):
            click.echo(f"{row.name}\t{', '.join(row.origins)}\t{row.webhook_url or '-'}")


@site.command("settings")
@click.argument("name")
@click.argument("assignments", nargs=-1, metavar="[KEY=JSON]...")
@click.option("--origin", "origins", multiple=True, help="Replaces all origins; repeatable.")
@click.option("--title")
@click.option("--webhook-url", help="Empty: tell nobody.")
def site_settings(
    name: str,
    assignments: tuple[str, ...],
    origins: tuple[str, ...],
    title: str | None,
    webhook_url: str | None,
) -> None:
    """Show a site's settings, or change them: KEY=JSON, KEY=null for the default.

    KEY=@FILE reads a list from a file, an entry a line.
    """
    from moderation.services import sites

    with store() as session:
        found = find_site(session, name)
        if assignments or origins or title is not None or webhook_url is not None:
            sites.change(
                session,
                found,
                now=now(),
                settings=dict(_assignment(a) for a in assignments) if assignments else None,
                origins=list(origins) or None,
                title=title,
                webhook_url=webhook_url,
            )
            found = find_site(session, name)
        for line in _lines_of(found):
            click.echo(line)


def _lines_of(site: "Site") -> Iterator[str]:
    """Everything that is set for a site, with the value that applies where nothing is."""
    from moderation.services.site_settings import default_of
    from moderation.services.sites import SITE_SETTINGS

    yield f"title = {json.dumps(site.title, ensure_ascii=False)}    (--title)"
    yield f"origins = {json.dumps(site.origins)}    (--origin)"
    off = ", switched off by the receiver: set it again to go on" * bool(site.webhook_disabled_at)
    yield f"webhook address = {site.webhook_url or '(none)'}{off}    (--webhook-url)"
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
@click.confirmation_option(prompt="This removes the site with all its comments. Go on?")
def site_remove(name: str) -> None:
    """Remove a site with its posts and comments, a few at a time.

    A removal that was cut off is gone on with by removing NAME.removed-… of `site list`.
    """
    from moderation.services import site_removal

    with store() as session:
        site_removal.remove(session, find_site(session, name), now=now())
    click.echo(f"Site {name} was removed.")


# Secrets


@click.group()
def secret() -> None:
    """A site's webhook secrets."""


@secret.command("list")
@click.argument("site_name", metavar="SITE")
def secret_list(site_name: str) -> None:
    """Print the valid secrets, the newest first."""
    from moderation.services import sites

    with store() as session:
        for value in sites.secrets_of(session, find_site(session, site_name).id):
            click.echo(value)


@secret.command("add")
@click.argument("site_name", metavar="SITE")
@click.pass_context
def secret_add(context: click.Context, site_name: str) -> None:
    """The same as `secret rotate`."""
    context.invoke(secret_rotate, site_name=site_name)


@secret.command("rotate")
@click.argument("site_name", metavar="SITE")
def secret_rotate(site_name: str) -> None:
    """Add a new secret; the one before stays valid until `secret remove`."""
    from moderation.services import site_secrets

    with store() as session:
        found = find_site(session, site_name)
        click.echo(site_secrets.rotate(session, found, now=now()))


@secret.command("remove")
@click.argument("site_name", metavar="SITE")
def secret_remove(site_name: str) -> None:
    """End a rotation: only the newest secret stays valid."""
    from moderation.services import site_secrets

    with store() as session:
        found = find_site(session, site_name)
        dropped = site_secrets.drop_old(session, found, now=now())
    click.echo(f"{dropped} older secret{'' if dropped == 1 else 's'} removed.")
