"""A later export meets what was decided here since: reports, appeals and erasures."""

from uuid import UUID

from sqlalchemy import select

from moderation.domain.actors import By
from moderation.domain.status import Actor, Outcome
from moderation.services.review import decisions
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.base import Base
from moderation.storage.models.comments import Comment
from moderation.storage.models.reports import CommentReport, ReportedComment
from tests.services.transfer.test_jsonl_import import (
    POST,
    SITE,
    appeal,
    comment,
    decision,
    file_of,
    report,
    uuid,
    whole,
)

REJECTED = {"status": "rejected", "outcome": "reject", "version": 2}
AT = "2026-01-05T03:04:05Z"


def rejected(*more, **changed):
    """Return a later file, in which the comment was rejected."""
    return file_of(
        SITE,
        POST,
        comment(1, status="rejected", version=2, **changed),
        decision(901, of=1),
        decision(902, of=1, previous_status="approved", **REJECTED),
        *more,
    )


def rows(place, model):
    with place.store.sessions() as session:
        return session.scalars(select(model)).all()


def test_reports_without_an_answer_wait_in_the_queue_until_a_later_file_answers_them(
    place, tmp_path
):
    here = place()
    here.bring(file_of(*whole(report(7), report(8))), tmp_path)
    assert [(row.reporters, row.weight) for row in rows(here, ReportedComment)] == [(2, 4)]

    answered = {"decided_at": AT, "outcome": "removed", "decision": uuid(902)}
    here.bring(rejected(report(7, **answered), report(8, **answered)), tmp_path)

    assert rows(here, ReportedComment) == []
    assert [row.outcome for row in rows(here, CommentReport)] == ["removed"] * 2


def test_an_appeal_against_a_decision_that_is_not_here_stops_no_import(place, tmp_path):
    here = place()
    here.bring(file_of(*whole()), tmp_path)
    with here.store.sessions() as session:
        by = By(Actor.MODERATOR, "mia")
        decisions.decide(session, UUID(uuid(1)), Outcome.SPAM, by, now=here.clock.now)

    done = here.bring(rejected(appeal(7, decision=902)), tmp_path).done

    assert done["appeals without their decision"] == 1
    assert rows(here, Appeal) == []
    assert [row.status for row in rows(here, Comment)] == ["spam"]


def test_an_appeal_that_was_decided_there_is_decided_here(place, tmp_path):
    here = place()
    here.bring(rejected(appeal(7, decision=902)), tmp_path)
    later = file_of(
        SITE,
        POST,
        comment(1, version=3),
        decision(901, of=1),
        decision(902, of=1, previous_status="approved", **REJECTED),
        decision(903, of=1, previous_status="rejected", version=3),
        appeal(7, decision=902, state="overturned", decided_at=AT, new_decision=uuid(903)),
    )

    here.bring(later, tmp_path)

    assert [(row.state, row.new_decision_id) for row in rows(here, Appeal)] == [
        ("overturned", UUID(uuid(903)))
    ]


def test_a_comment_that_was_erased_there_leaves_no_byte_here(place, tmp_path):
    canary = "Canary"
    here = place()
    text = f"{canary} of an author."
    earlier = decision(901, of=1, note=f"{canary} of a note.")
    cause = {"filter": "words", "code": "BLOCK_WORDS", "score": 1, "threshold": 1}
    cause |= {"outcome": "reject", "field": "text", "spans": [[0, 6]], "explanation": canary}
    second = decision(902, of=1, previous_status="approved", causes=[cause], **REJECTED)
    revision = {"type": "revision", "comment": uuid(1), "revision": 1, "text": text}
    before = comment(1, status="rejected", version=2, revision=2, text=text)
    attached = (revision | {"replaced_at": AT}, report(8), appeal(7, decision=902))
    here.bring(file_of(SITE, POST, before, earlier, second, *attached), tmp_path)
    assert left(here, canary) > set()

    gone = comment(1, status="deleted", version=3, revision=2, text="")
    gone["author"]["name"] = ""
    deleted = {"status": "deleted", "outcome": "delete", "version": 3}
    emptied = {**second, "causes": [{**cause, "spans": [], "explanation": ""}]}
    third = decision(903, of=1, previous_status="rejected", **deleted)
    nothing = (report(8, text=""), appeal(7, decision=902, state="void", text=""))
    later = file_of(SITE, POST, gone, {**earlier, "note": ""}, emptied, third, *nothing)
    done = here.bring(later, tmp_path).done

    assert done["comments changed"] == 1
    assert left(here, canary) == set()


def left(place, canary):
    """Return the names of the tables with a canary in any column."""
    with place.store.sessions() as session:
        return {
            table.name
            for table in Base.metadata.sorted_tables
            if canary in repr(session.execute(select(table)).all())
        }
