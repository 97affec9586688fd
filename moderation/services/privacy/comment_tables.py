"""The registry's tables of comments, and of what is decided and noted about their authors."""

from sqlalchemy import ColumnElement, Table, and_, delete, select, update

from moderation.domain.webhook_events import AUTHOR_BANNED
from moderation.storage.models.base import Base
from moderation.storage.models.foreign import ForeignComment

from ..comments.erasure import forget_author_examples, forget_examples
from ..review.authors import forget_bans
from .registry import (
    Ground,
    Held,
    Personal,
    Scope,
    Section,
    Way,
    of_author,
    of_comment,
)

_HASH = "keyed hash"
_UNTIL = "until the comment is deleted or its author is erased"


def _with_comment(_: Table, __: Scope) -> None:
    """Leave the rows to `forget_traces`, which `erasure` calls once for all tables."""


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


# Comments are erased by the ledger, in `erasure`: readers must stop seeing them.
_COMMENTS = Way(lambda table, scope: table.c.id.in_(scope.comments), _with_comment, by_comment=True)


def _forget_checks(table: Table, scope: Scope) -> None:
    same = select(ForeignComment.fingerprint).where(ForeignComment.comment_id.in_(scope.comments))
    of_site = table.c.site_id == scope.person.site_id
    scope.session.execute(delete(table).where(of_site, table.c.fingerprint.in_(same)))


def _forget_examples(_: Table, scope: Scope) -> None:
    forget_author_examples(scope.session, scope.person.site_id, scope.person.keys)


def _forget_example_texts(_: Table, scope: Scope) -> None:
    forget_examples(scope.session, scope.comments)


def _banned(table: Table, scope: Scope) -> ColumnElement[bool]:
    key = table.c.payload["author"]["key"].as_string()
    of_site = table.c.site_id == scope.person.site_id
    return and_(of_site, table.c.type == AUTHOR_BANNED, key.in_(scope.person.keys))


def _forget_banned(_: Table, scope: Scope) -> None:
    forget_bans(scope.session, scope.person.site_id, scope.person.keys)


def _about_author(table: Table, scope: Scope) -> ColumnElement[bool]:
    subjects = [f"author:{key}" for key in scope.person.keys]
    return and_(table.c.site_id == scope.person.site_id, table.c.subject.in_(subjects))


def _forget_subjects(table: Table, scope: Scope) -> None:
    # Entries of other sites stay unchanged.
    about = _about_author(table, scope)
    scope.session.execute(update(table).where(about).values(subject="author:erased"))


def _forget_digest(table: Table, scope: Scope) -> None:
    of_comments = table.c.comment_id.in_(scope.comments)
    scope.session.execute(update(table).where(of_comments).values(digest=b""))


TABLES: tuple[Personal, ...] = (
    Personal(
        _table("comments"),
        Section.COMMENTS,
        {
            "author_name": Held("name, as typed or vouched for by the site; public"),
            "author_email": Held("e-mail address, never public"),
            "author_website": Held("website, never public"),
            "author_id": Held("the site's own id of a signed-in author"),
            "author_key": Held(f"{_HASH} of id, e-mail address, or name and network address"),
            "email_key": Held(f"{_HASH} of the e-mail address"),
            "address_key": Held(f"{_HASH} of the network address"),
            "block_key": Held(f"{_HASH} of the network address's block"),
            "staff": Held("whether the site vouches for a member of its staff"),
            "verified": Held("whether the site vouches for the author"),
            "avatar": Held("id of the picture"),
            "text": Held("the comment as typed; public once approved"),
            "html": Held("the comment as shown", never=True),
            "text_key": Held("hash of the text", never=True),
            "near_key": Held("similarity hash of the text", never=True),
            **{
                f"near_{band}": Held("part of the similarity hash", never=True)
                for band in (1, 2, 3, 4)
            },
        },
        "id site_id post_id parent_id status listing reply_count revision version created_at"
        " edited_at verdict_id reasons decided_at score priority_at escalated_at featured_at"
        " redacted_at votes_up votes_down top_rank controversy",
        ("id", "status", "created_at", "edited_at", "redacted_at", "reasons"),
        (_COMMENTS,),
        f"{_UNTIL}; `address_days` for the network address, `closed_email_days` for the e-mail"
        " address, `held_days` and `rejected_days` for the text",
        Ground.CONTRACT,
        "the place in the thread, time and status, so that replies keep theirs",
    ),
    Personal(
        _table("comment_revisions"),
        Section.EARLIER,
        {"text": Held("an earlier text"), "html": Held("the same as shown", never=True)},
        "comment_id revision replaced_at",
        ("comment_id", "revision", "replaced_at"),
        (of_comment(erase=_with_comment),),
        "as long as the comment",
        Ground.DUTY,
        "",
    ),
    Personal(
        _table("decisions"),
        Section.DECISIONS,
        {
            "note": Held("a moderator's note", site_only=True),
            "causes": Held("findings, with words that they quote", site_only=True),
            "reason": Held("code of the reason"),
        },
        "id comment_id revision comment_version actor moderator_id actor_name outcome"
        " previous_status status scores versions policy undoes created_at batch_id",
        ("id", "comment_id", "revision", "actor", "outcome", "status", "created_at"),
        (of_comment(erase=_with_comment),),
        "as long as the comment's place; note and quotations as long as its text",
        Ground.DUTY,
        "outcome, codes and scores, without words",
    ),
    Personal(
        _table("author_notes"),
        Section.ABOUT,
        {
            "author_key": Held(_HASH),
            "text": Held("a moderator's note about the author", site_only=True),
        },
        "id site_id written_by created_at",
        ("created_at",),
        (of_author(),),
        "until the author is erased",
        Ground.INTEREST,
        "",
    ),
    Personal(
        _table("author_standings"),
        Section.ABOUT,
        {"author_key": Held(_HASH), "standing": Held("trusted or premoderated")},
        "id site_id set_by set_at",
        ("set_at",),
        (of_author(),),
        "until it is changed or the author is erased",
        Ground.INTEREST,
        "premoderation, if the author requested the erasure",
    ),
    Personal(
        _table("bans"),
        Section.ABOUT,
        {"author_key": Held(_HASH), "reason": Held("the reason that the author is shown")},
        "id site_id until created_at",
        ("until", "created_at"),
        (of_author(),),
        "until it is lifted or the author is erased",
        Ground.INTEREST,
        "a ban in force without its reason, if the author requested the erasure",
    ),
    Personal(
        _table("avatars"),
        Section.ABOUT,
        {
            "id": Held(_HASH),
            "author_key": Held(_HASH),
            "url": Held("address of the picture at the site"),
            "image": Held("the picture itself, public"),
        },
        "site_id attempts due_at asked_at",
        ("asked_at",),
        (of_author(),),
        "until the author is erased; a browser keeps a picture for an hour",
        Ground.CONTRACT,
        "",
    ),
    Personal(
        _table("labelled_examples"),
        Section.TECHNICAL,
        {
            "text": Held("a text that another program judged"),
            "text_digest": Held("hash of the text", never=True),
            "author_key": Held(_HASH),
            "context": Held("ids, addresses and the author, as the program sent them"),
        },
        "id site_id source labels created_at",
        ("source", "labels", "created_at"),
        (
            of_author(erase=_forget_examples),
            of_comment("id", erase=_forget_example_texts, exported=False),
        ),
        "the newest 100,000 of a site, until their author is erased",
        Ground.INTEREST,
        "",
    ),
    Personal(
        _table("foreign_comments"),
        Section.TECHNICAL,
        {
            "fingerprint": Held("hash of the comment", never=True),
            "guids": Held("ids at the other platform"),
            "callback": Held("address at the other platform", site_only=True),
            "details": Held("ids, kind and language, as the platform sent them"),
        },
        "comment_id site_id key_name created_at",
        ("comment_id", "created_at"),
        (of_comment(erase=_with_comment),),
        "`foreign_days` after the decision",
        Ground.CONTRACT,
        "",
    ),
    Personal(
        _table("foreign_checks"),
        Section.TECHNICAL,
        {
            "author_key": Held(_HASH),
            "address_key": Held(_HASH),
            "text_key": Held("hash of the text", never=True),
            "fingerprint": Held("hash of the comment", never=True),
        },
        "id site_id created_at",
        ("created_at",),
        (of_author(), of_comment("fingerprint", erase=_forget_checks, exported=False)),
        "a day",
        Ground.INTEREST,
        "",
    ),
    Personal(
        _table("outbox"),
        Section.TECHNICAL,
        {"payload": Held("name, id and text in a message to the site", site_only=True)},
        "id site_id comment_id type state attempts due_at leased_until last_error created_at"
        " finished_at",
        ("type", "created_at", "finished_at"),
        (
            of_comment(erase=_with_comment),
            of_author(find=_banned, erase=_forget_banned),
        ),
        "30 days after its last delivery",
        Ground.CONTRACT,
        "the message without name, id and text",
    ),
    Personal(
        _table("idempotency_keys"),
        Section.TECHNICAL,
        {
            "key": Held("id of the request, chosen by the browser"),
            "fingerprint": Held("hash of the request", never=True),
        },
        "id site_id comment_id comment_status created_at",
        ("comment_id", "created_at"),
        (of_comment(),),
        "24 hours",
        Ground.CONTRACT,
        "",
    ),
    Personal(
        _table("mails"),
        Section.TECHNICAL,
        {"comment_id": Held("the comment that a moderator's mail is about", never=True)},
        "id moderator_id state attempts due_at last_error created_at finished_at",
        (),
        (of_comment(erase=_with_comment, exported=False),),
        "30 days after it was sent",
        Ground.INTEREST,
        "",
    ),
    Personal(
        _table("outside_checks"),
        Section.TECHNICAL,
        {"comment_id": Held("the comment that waits for the site's own checker", never=True)},
        "site_id revision attempts due_at leased_until created_at",
        (),
        (of_comment(exported=False),),
        "until the checker has answered",
        Ground.INTEREST,
        "",
    ),
    Personal(
        _table("claims"),
        Section.TECHNICAL,
        {"comment_id": Held("the comment that a moderator works on", never=True)},
        "lease_id holder holder_name taken_at expires_at",
        (),
        (of_comment(erase=_with_comment, exported=False),),
        "10 minutes",
        Ground.INTEREST,
        "",
    ),
    Personal(
        _table("audit_entries"),
        Section.TECHNICAL,
        {
            "subject": Held("`author:` and the keyed hash, where an entry is about an author"),
            "detail": Held("a salted hash of an erased author", site_only=True),
        },
        "id at site_id actor actor_name action",
        ("at", "actor", "action"),
        (of_author(find=_about_author, erase=_forget_subjects),),
        "`audit_days`",
        Ground.DUTY,
        "the entries without the key, and one about the erasure with a salted hash",
    ),
    Personal(
        _table("appeals"),
        Section.DECISIONS,
        {
            "text": Held("the author's words"),
            "answer": Held("the answer to the author"),
            "note": Held("a moderator's note", site_only=True),
        },
        "id site_id comment_id decision_id language state created_at decided_at moderator_id"
        " decided_by same_moderator new_decision_id",
        ("comment_id", "state", "created_at", "decided_at"),
        (of_comment(erase=_with_comment),),
        "as long as the comment's text",
        Ground.DUTY,
        "state and times, without words",
    ),
    Personal(
        _table("imported_comments"),
        Section.TECHNICAL,
        {"digest": Held("hash of what was imported", never=True)},
        "id site_id source foreign_id written_at comment_id version votes_up votes_down judged",
        ("source", "foreign_id", "written_at"),
        (of_comment(erase=_forget_digest),),
        "as long as the site, so that a second import brings nothing back",
        Ground.INTEREST,
        "the id at the other system",
    ),
    Personal(
        _table("erasure_requests"),
        Section.TECHNICAL,
        {
            "digest": Held("hash of the keys", never=True),
            "person": Held("keyed hashes of the person to erase", never=True),
        },
        "id site_id actor actor_name event_id created_at due_at erased erased_ids",
        (),
        (),
        "until the erasure is done or withdrawn",
        Ground.DUTY,
        "",
    ),
)
