"""The registry's tables of readers: their votes, and the mail that they asked for."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select
from sqlalchemy.orm import aliased

from moderation.storage.models.base import Base
from moderation.storage.models.reader_mail import ReaderAddress, ReaderFollow

from ..comments import reported, vote_counts
from .registry import (
    Find,
    Ground,
    Held,
    Personal,
    Scope,
    Section,
    addresses_in,
    of_address,
    of_author,
    of_comment,
)

_HASH = "keyed hash"


def _with_comment(_: Table, __: Scope) -> None:
    """Leave the rows to `forget_traces`, which `erasure` calls once for all tables."""


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


# Votes


def _voters(scope: Scope) -> list[bytes]:
    return [bytes.fromhex(voter) for voter in scope.person.voters]


def _voted(table: Table, scope: Scope) -> ColumnElement[bool]:
    of_site = table.c.site_id == scope.person.site_id
    return and_(of_site, table.c.voter.in_(_voters(scope)))


def _take_votes_back(_: Table, scope: Scope) -> None:
    # `erasure` has locked them, before anything else.
    vote_counts.forget_voters(scope.session, scope.person.site_id, _voters(scope))


# Mail to readers. An address goes with everything that refers to it.


def _addresses(scope: Scope) -> Select[Any]:
    """Select the ids of the person's addresses, and of those that only they follow with."""
    # Aliases: the statement around this one may be about the same tables.
    address, follow = aliased(ReaderAddress), aliased(ReaderFollow)
    keys = scope.person.keys
    followed = select(follow.address_id).where(follow.author_key.in_(keys))
    others = select(follow.address_id).where(
        follow.address_id.in_(followed),
        or_(follow.author_key.is_(None), follow.author_key.not_in(keys)),
    )
    return select(address.id).where(
        address.site_id == scope.person.site_id,
        or_(
            address.email_key.in_(scope.person.email_keys),
            and_(address.id.in_(followed), address.id.not_in(others)),
        ),
    )


def _of_address(column: str) -> Find:
    return lambda table, scope: table.c[column].in_(_addresses(scope))


def _mailed(table: Table, scope: Scope) -> ColumnElement[bool]:
    of_site = table.c.site_id == scope.person.site_id
    return and_(of_site, table.c.email_key.in_(scope.person.email_keys))


def _followed(table: Table, scope: Scope) -> ColumnElement[bool]:
    of_site = select(ReaderAddress.id).where(ReaderAddress.site_id == scope.person.site_id)
    by_key = and_(table.c.author_key.in_(scope.person.keys), table.c.address_id.in_(of_site))
    return or_(table.c.address_id.in_(_addresses(scope)), by_key)


def _forget_reports(table: Table, scope: Scope) -> None:
    emails = addresses_in(table, "email", scope).values()
    reported.forget_reporter(scope.session, scope.person.site_id, scope.person.keys, [*emails])


TABLES: tuple[Personal, ...] = (
    Personal(
        _table("comment_votes"),
        Section.ABOUT,
        {
            "voter": Held("keyed hash of a signed-in reader, a browser or a network", never=True),
            "value": Held("for or against"),
        },
        "comment_id site_id created_at",
        ("comment_id", "created_at"),
        (
            of_author(find=_voted, erase=_take_votes_back),
            of_comment(exported=False),
        ),
        "until it is taken back, the comment is erased, or its signed-in voter is",
        Ground.CONTRACT,
        "",
    ),
    Personal(
        _table("comment_reports"),
        Section.ABOUT,
        {
            "reporter": Held("keyed hash of a signed-in reporter, or of a guest's network"),
            "block_key": Held(f"{_HASH} of a guest's network block"),
            "text": Held("what the reporter wrote"),
            "explanation": Held("why the comment is illegal, in a legal notice"),
            "name": Held("the reporter's name"),
            "email": Held("where the outcome is sent to"),
        },
        "id comment_id site_id signed_in reason good_faith language weight revision created_at"
        " decided_at outcome decision_id due_at erased_at",
        ("comment_id", "reason", "created_at", "decided_at", "outcome"),
        (
            of_author("reporter", erase=_forget_reports),
            of_address("email"),
            of_comment(erase=_with_comment, exported=False),
        ),
        "texts, name and address for the site's time of reports, the rest as long as the comment",
        Ground.DUTY,
        "",
    ),
    Personal(
        _table("reader_addresses"),
        Section.ABOUT,
        {
            "email": Held("address for answers by mail"),
            "email_key": Held(f"{_HASH} of the address"),
        },
        "id site_id language confirmed_at created_at",
        ("language", "confirmed_at", "created_at"),
        (of_author(find=_of_address("id")),),
        "until its reader ends the mail, or is erased",
        Ground.CONSENT,
        "",
    ),
    Personal(
        _table("reader_follows"),
        Section.ABOUT,
        {"author_key": Held(_HASH), "comment_id": Held("the comment whose answers are mailed")},
        "id address_id post_id created_at",
        ("created_at",),
        (of_author(find=_followed),),
        "until its reader ends it, or is erased; `closed_email_days` in closed threads",
        Ground.CONSENT,
        "",
    ),
    Personal(
        _table("reader_mails"),
        Section.TECHNICAL,
        {
            "recipient": Held("address of a mail that is not finished"),
            "email_key": Held(f"{_HASH} of the address"),
            "network_key": Held(f"{_HASH} of the network that asked for it"),
            "values": Held("titles and addresses of pages in it"),
            "key": Held("names the cause of the mail", never=True),
        },
        "id site_id address_id kind language state attempts due_at last_error created_at"
        " finished_at",
        ("kind", "created_at", "finished_at"),
        (
            of_author(find=_of_address("address_id")),
            of_author(find=_mailed),
            of_address("recipient"),
        ),
        "address and titles until it is finished, the rest 30 days longer",
        Ground.CONSENT,
        "",
    ),
    Personal(
        _table("reader_answers"),
        Section.TECHNICAL,
        {"comment_id": Held("a comment that is mailed to other readers", never=True)},
        "address_id to_reader mail_id created_at",
        (),
        (of_comment(exported=False), of_author(find=_of_address("address_id"))),
        "30 days after the mail",
        Ground.CONSENT,
        "",
    ),
    Personal(
        _table("shown_answers"),
        Section.TECHNICAL,
        {"comment_id": Held("a comment that may be mailed to other readers", never=True)},
        "shown_at",
        (),
        (of_comment(exported=False),),
        "until the worker has looked at it",
        Ground.CONSENT,
        "",
    ),
    Personal(
        _table("stopped_addresses"),
        Section.TECHNICAL,
        {"email_key": Held(f"{_HASH} of an address that no mail may be sent to", never=True)},
        "why created_at",
        (),
        (),
        "as long as the service; its reader complained, or the address does not exist",
        Ground.INTEREST,
        "the keyed hash, without which mail would be sent again",
    ),
)
