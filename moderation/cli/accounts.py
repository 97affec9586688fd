"""`moderation moderator` and `token`: who may review, as people and as programs."""

import getpass
import sys
from datetime import timedelta

import click

from .store_cli import find_site, now, store

# Moderators


@click.group()
def moderator() -> None:
    """People who review."""


@moderator.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(["moderator", "senior", "admin"]), default="moderator")
@click.option("--site", "site_names", multiple=True, help="Only on this site; repeatable.")
@click.option("--name", default="", help="What readers see beside replies.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def moderator_add(
    login: str, role: str, site_names: tuple[str, ...], name: str, password_stdin: bool
) -> None:
    """Add a moderator; asks for the password."""
    from moderation.domain.roles import Role
    from moderation.services import accounts

    password = _password(password_stdin)
    with store() as session:
        accounts.add_moderator(
            session,
            login,
            password,
            role=None if site_names else role,
            on_sites={find_site(session, each).id: Role(role) for each in site_names},
            display_name=name.strip(),
            now=now(),
        )
    click.echo(f"{login} can log in at /review/.")


@moderator.command("list")
def moderator_list() -> None:
    """List the moderators."""
    from sqlalchemy import select

    from moderation.storage.people import Moderator, SiteRole
    from moderation.storage.sites import Site

    with store() as session:
        for row in session.scalars(select(Moderator).order_by(Moderator.login)):
            here = session.execute(
                select(SiteRole.role, Site.name)
                .join(Site, Site.id == SiteRole.site_id)
                .where(SiteRole.moderator_id == row.id)
                .order_by(Site.name)
            )
            roles = [row.role] if row.role != "none" else []
            roles += [f"{role} on {name}" for role, name in here]
            click.echo(f"{row.login}\t{', '.join(roles) or 'no role'}")


@moderator.command("password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def moderator_password(login: str, password_stdin: bool) -> None:
    """Set a new password and end the moderator's sessions."""
    from moderation.services import accounts

    password = _password(password_stdin)
    with store() as session:
        accounts.set_password(session, login, password, now=now())
    click.echo("The password was changed.")


@moderator.command("reset-totp")
@click.argument("login")
def moderator_reset_totp(login: str) -> None:
    """Remove a moderator's second factor and end the sessions."""
    from moderation.services import accounts, logins

    with store() as session:
        id = accounts.named(session, login).id
        logins.reset_second_factor(session, id, accounts.CLI, now=now())
    click.echo(f"{login} has no second factor any more.")


@moderator.command("remove")
@click.argument("login")
def moderator_remove(login: str) -> None:
    """Remove a moderator; decisions keep the name."""
    from moderation.services import accounts

    with store() as session:
        accounts.remove_moderator(session, login, now=now())
    click.echo(f"{login} was removed.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password (at least 12 characters): ")
    if first != getpass.getpass("Again: "):
        raise click.ClickException("The two passwords are not the same.")
    return first


# Tokens


@click.group()
def token() -> None:
    """Tokens of the API."""


@token.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, default=("review",), show_default=True)
@click.option("--site", "site_name", help="Only for this site.")
@click.option("--days", type=click.IntRange(1, 3650), help="Ends after so many days.")
def token_add(name: str, scopes: tuple[str, ...], site_name: str | None, days: int | None) -> None:
    """Make a token and print it, the only time."""
    from moderation.services import accounts

    with store() as session:
        click.echo(
            accounts.add_token(
                session,
                name,
                scopes=scopes,
                site=find_site(session, site_name) if site_name else None,
                expires_at=now() + timedelta(days=days) if days else None,
                now=now(),
            )
        )


@token.command("list")
def token_list() -> None:
    """List the tokens' names and scopes."""
    from sqlalchemy import select

    from moderation.storage.people import Token

    with store() as session:
        for row in session.scalars(select(Token).order_by(Token.name)):
            click.echo(f"{row.name}\t{', '.join(row.scopes)}\t{row.created_at:%Y-%m-%d}")


@token.command("remove")
@click.argument("name")
def token_remove(name: str) -> None:
    """Make a token worthless."""
    from moderation.services import accounts

    with store() as session:
        accounts.remove_token(session, name, now=now())
    click.echo(f"Token {name} was removed.")
