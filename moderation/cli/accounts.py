"""`moderation moderator` and `token`: accounts for people, tokens for programs."""

import getpass
import sys
from datetime import timedelta

import click

from . import terminal
from .base import find_site, now, open_session

# Moderators


@click.group()
def moderator() -> None:
    """Moderators' accounts."""


@moderator.command("add")
@click.argument("login", type=terminal.NAME)
@click.option("--role", type=click.Choice(["moderator", "senior", "admin"]), default="moderator")
@click.option("--site", "site_names", multiple=True, help="Only on this site; repeatable.")
@click.option("--name", type=terminal.NAME, default="", help="Name that readers see at replies.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def moderator_add(
    login: str, role: str, site_names: tuple[str, ...], name: str, password_stdin: bool
) -> None:
    """Add a moderator; prompts for the password."""
    from moderation.domain.roles import Role
    from moderation.services.accounts import authentication

    password = _password(password_stdin)
    with open_session() as session:
        authentication.add_moderator(
            session,
            login,
            password,
            role=None if site_names else role,
            on_sites={find_site(session, each).id: Role(role) for each in site_names},
            display_name=name,
            now=now(),
        )
    terminal.show(f"{login} can log in at /review/.")


@moderator.command("list")
def moderator_list() -> None:
    """List the moderators."""
    from sqlalchemy import select

    from moderation.storage.models.accounts import Moderator, SiteRole
    from moderation.storage.models.sites import Site

    with open_session() as session:
        for row in session.scalars(select(Moderator).order_by(Moderator.login)):
            here = session.execute(
                select(SiteRole.role, Site.name)
                .join(Site, Site.id == SiteRole.site_id)
                .where(SiteRole.moderator_id == row.id)
                .order_by(Site.name)
            )
            roles = [row.role] if row.role != "none" else []
            roles += [f"{role} on {name}" for role, name in here]
            terminal.row(row.login, ", ".join(roles) or "no role")


@moderator.command("password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def moderator_password(login: str, password_stdin: bool) -> None:
    """Set a new password and end the moderator's sessions."""
    from moderation.services.accounts import authentication

    password = _password(password_stdin)
    with open_session() as session:
        authentication.set_password(session, login, password, now=now())
    terminal.show("The password was changed.")


@moderator.command("reset-totp")
@click.argument("login")
def moderator_reset_totp(login: str) -> None:
    """Remove a moderator's second factor and end the sessions."""
    from moderation.services.accounts import authentication, own_account

    with open_session() as session:
        id = authentication.named(session, login).id
        own_account.reset_second_factor(session, id, authentication.CLI, now=now())
    terminal.show(f"The second factor of {login} was removed.")


@moderator.command("remove")
@click.argument("login")
def moderator_remove(login: str) -> None:
    """Remove a moderator; decisions keep the name."""
    from moderation.services.accounts import authentication

    with open_session() as session:
        authentication.remove_moderator(session, login, now=now())
    terminal.show(f"{login} was removed.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password (at least 12 characters): ")
    if first != getpass.getpass("Again: "):
        raise terminal.Refused("The two passwords differ.")
    return first


# Tokens


@click.group()
def token() -> None:
    """API tokens."""


@token.command("add")
@click.argument("name", type=terminal.NAME)
@click.option("--scope", "scopes", multiple=True, default=("review",), show_default=True)
@click.option("--site", "site_name", help="Only for this site.")
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it expires.")
def token_add(name: str, scopes: tuple[str, ...], site_name: str | None, days: int | None) -> None:
    """Create a token and print it; it is not shown again."""
    from moderation.services.accounts import api_tokens

    with open_session() as session:
        terminal.show(
            api_tokens.add_token(
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

    from moderation.storage.models.accounts import Token

    with open_session() as session:
        for row in session.scalars(select(Token).order_by(Token.name)):
            terminal.row(row.name, ", ".join(row.scopes), f"{row.created_at:%Y-%m-%d}")


@token.command("remove")
@click.argument("name")
def token_remove(name: str) -> None:
    """Revoke a token."""
    from moderation.services.accounts import api_tokens

    with open_session() as session:
        api_tokens.remove_token(session, name, now=now())
    terminal.show(f"Token {name} was removed.")
