"""`moderation key` and `examples`: keys for foreign protocols, and the labels that they sent."""

from typing import TYPE_CHECKING

import click

from . import terminal
from .base import find_site, now, open_session

if TYPE_CHECKING:
    from moderation.services.compat.keys import Service

#: The values of `Service`, which is imported with the store only.
SERVICES = click.Choice(["perspective", "akismet", "openai", "coral"])


@click.group()
def key() -> None:
    """A site's keys for clients of Perspective, Akismet, OpenAI and Coral."""


@key.command("add")
@click.argument("site_name", metavar="SITE")
@click.argument("service", type=SERVICES)
@click.option("--short", is_flag=True, help="12 characters, as WordPress needs; akismet only.")
def key_add(site_name: str, service: str, *, short: bool) -> None:
    """Add a key and print it; the one before it stays valid."""
    from moderation.services.compat import keys

    with open_session() as session:
        found = find_site(session, site_name)
        terminal.show(keys.make(session, found, _service(service), now=now(), short=short))


@key.command("list")
@click.argument("site_name", metavar="SITE")
@click.argument("service", type=SERVICES, required=False)
def key_list(site_name: str, service: str | None) -> None:
    """Print the valid keys, newest first."""
    from moderation.services.compat import keys

    with open_session() as session:
        found = find_site(session, site_name)
        for each in keys.valid(session, found, _service(service) if service else None):
            terminal.row(each.service.value, each.key, f"{each.created_at:%Y-%m-%d %H:%M} UTC")


@key.command("remove")
@click.argument("site_name", metavar="SITE")
@click.argument("service", type=SERVICES)
@click.option("--old", is_flag=True, help="Keep the newest: this ends a rotation.")
def key_remove(site_name: str, service: str, *, old: bool) -> None:
    """Revoke the keys of a service at once."""
    from moderation.services.compat import keys

    with open_session() as session:
        found = find_site(session, site_name)
        removed = keys.revoke(session, found, _service(service), now=now(), only_old=old)
    terminal.show(f"{removed} key{'' if removed == 1 else 's'} removed.")


@click.command()
@click.argument("site_name", metavar="SITE")
def examples(site_name: str) -> None:
    """Print the labelled examples that clients sent for a site, a JSON line each."""
    import orjson

    from moderation.domain import characters
    from moderation.services.compat import examples as stored

    with open_session() as session:
        for example in stored.export(session, find_site(session, site_name)):
            click.echo(characters.in_json(orjson.dumps(example).decode()))


def _service(name: str) -> "Service":
    from moderation.services.compat.keys import Service

    return Service(name)
