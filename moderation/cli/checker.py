"""`moderation checker`: a site's own checker of comments."""

import json
from pathlib import Path
from typing import Any

import click

from . import terminal
from .base import find_site, now, open_session


@click.group()
def checker() -> None:
    """A site's own checker: an HTTP service that comments are sent to."""


@checker.command("show")
@click.argument("site_name", metavar="SITE")
def checker_show(site_name: str) -> None:
    """Print the settings and the state; the secret is never shown."""
    from moderation.services.compat import checkers

    with open_session() as session:
        _print(checkers.view(session, find_site(session, site_name), now=now()))


@checker.command("set")
@click.argument("site_name", metavar="SITE")
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@click.option("--secret", is_flag=True, help="Ask for the value of the secret header.")
def checker_set(site_name: str, source: str, *, secret: bool) -> None:
    """Replace the checker by the settings in a JSON file; without --secret it is kept."""
    from moderation.services.accounts import authentication
    from moderation.services.compat import checkers
    from moderation.startup import load_settings

    given = _read(source)
    if secret:
        given["secret"] = click.prompt("Secret", hide_input=True)
    with open_session() as session:
        found = find_site(session, site_name)
        allowed = load_settings().allowed_networks
        checkers.save(session, found, given, allowed=allowed, now=now(), by=authentication.CLI)
        _print(checkers.view(session, found, now=now()))


@checker.command("preview")
@click.argument("site_name", metavar="SITE")
@click.argument(
    "source", metavar="[FILE]", type=click.Path(exists=True, dir_okay=False), required=False
)
@click.option("--text", type=terminal.LINE, default="", help="The comment to show it for.")
def checker_preview(site_name: str, source: str | None, text: str) -> None:
    """Print the request for a comment as it would be sent; sends nothing."""
    from moderation.services.compat import checkers

    given = _read(source) if source else None
    with open_session() as session:
        site = find_site(session, site_name)
        _print(checkers.preview(session, site, text=text, given=given))


@checker.command("remove")
@click.argument("site_name", metavar="SITE")
def checker_remove(site_name: str) -> None:
    """Remove the checker with its secret; comments that wait for it are held."""
    from moderation.services.accounts import authentication
    from moderation.services.compat import checkers

    with open_session() as session:
        site = find_site(session, site_name)
        checkers.remove(session, site, now=now(), by=authentication.CLI)
    terminal.show(f"{site_name} has no checker of its own.")


def _read(source: str) -> dict[str, Any]:
    try:
        given = json.loads(Path(source).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise click.UsageError(
            f"{source} cannot be read as JSON ({type(error).__name__})."
        ) from None
    if not isinstance(given, dict):
        raise click.UsageError(f"{source} must hold a JSON object.")
    return given


def _print(value: dict[str, Any]) -> None:
    terminal.show(json.dumps(value, indent=2, ensure_ascii=False, default=str))
