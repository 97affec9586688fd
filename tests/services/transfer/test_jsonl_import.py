"""Imports of JSON lines: all of a file or nothing, at most once, and nothing that hides."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
from uuid import UUID

import pytest
from sqlalchemy import func, select

from moderation.domain.actors import By
from moderation.domain.reasons import Reason
from moderation.domain.status import Actor, Outcome
from moderation.services.review import decisions
from moderation.services.sites import changes
from moderation.services.transfer.jsonl_file import NotAnExport
from moderation.services.transfer.snapshot import Scope
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.jobs import Mail, OutboxMessage
from moderation.storage.models.posts import Post
from tests.conftest import one_store
from tests.services.transfer.rich import lines, of_type

AT = "2026-01-02T03:04:05Z"


def uuid(number):
    return f"0190a0b0-0000-7000-8000-{number:012x}"


def comment(number, *, parent=None, status="approved", post="p", **changed):
    author = {"name": "Ada", "email": None, "website": None, "id": None, "key": None}
    author |= {"email_key": None, "staff": False, "verified": False, "avatar": None}
    times = dict.fromkeys(("edited_at", "decided_at", "escalated_at", "featured_at", "redacted_at"))
    none = {"up": 0, "down": 0}
    return {
        "type": "comment",
        "id": uuid(number),
        "post": post,
        "parent": uuid(parent) if parent is not None else None,
        "status": status,
        "author": author,
        "text": f"Text {number}.",
        "revision": 1,
        "version": 1,
        "created_at": AT,
        **times,
        "verdict": None,
        "reasons": [],
        "score": 0,
        "priority_at": AT,
        "votes": none,
        "uncounted_votes": none,
        **changed,
    }


def decision(number, *, of, status="approved", **changed):
    return {
        "type": "decision",
        "id": uuid(number),
        "comment": uuid(of),
        "revision": 1,
        "version": 1,
        "actor": "policy",
        "actor_name": "policy",
        "outcome": "approve",
        "previous_status": None,
        "status": status,
        "reason": None,
        "note": "",
        "causes": [],
        "scores": {},
        "versions": {},
        "policy": "",
        "undoes": None,
        "batch": None,
        "created_at": AT,
        **changed,
    }


SITE = {
    "type": "site",
    "format": 1,
    "title": "",
    "origins": [],
    "settings": {},
    "created_at": AT,
    "since": None,
    "posts": [],
}
POST = {
    "type": "post",
    "id": "p",
    "title": None,
    "url": None,
    "state": "open",
    "announced": False,
    "rules": None,
    "published_at": None,
    "event_at": None,
    "created_at": AT,
}


def file_of(*content):
    content = [*content, {"type": "end", "lines": len(content) + 1}]
    return b"".join(json.dumps(line).encode() + b"\n" for line in content)


def whole(*more):
    return [SITE, POST, comment(1), decision(901, of=1), *more]


def rows(place):
    with place.store.sessions() as session:
        return [
            session.scalar(select(func.count()).select_from(model))
            for model in (Post, Comment, Decision, AuditEntry)
        ]


def report(number, *, of=1, **changed):
    return {
        "type": "report",
        "comment": uuid(of),
        "id": uuid(number),
        "reporter": f"{number:032x}",
        "signed_in": False,
        "reason": "spam",
        "text": "Canary of a reporter.",
        "explanation": "",
        "good_faith": False,
        "name": "",
        "email": None,
        "language": "en",
        "weight": 2,
        "revision": 1,
        "created_at": AT,
        "decided_at": None,
        "outcome": None,
        "erased_at": None,
        "decision": None,
        **changed,
    }


def appeal(number, *, decision, of=1, **changed):
    return {
        "type": "appeal",
        "comment": uuid(of),
        "id": uuid(number),
        "text": "Canary of an appeal.",
        "language": "en",
        "state": "pending",
        "created_at": AT,
        "decided_at": None,
        "decided_by": "",
        "note": "",
        "answer": "",
        "same_moderator": False,
        "decision": uuid(decision),
        "new_decision": None,
        **changed,
    }


LATE = comment(2, parent=1, post="q")
WRONG = {
    "an empty file": b"",
    "no JSON": b"hello\n",
    "an HTML page": b"<html>\n",
    "a list": b"[1]\n",
    "no site first": file_of(POST),
    "a newer format": file_of({**SITE, "format": 2}),
    "an unknown setting": file_of({**SITE, "settings": {"from_the_future": 1}}),
    "an origin for all": file_of({**SITE, "origins": ["https://*.com"]}),
    "an unknown type": file_of(SITE, {"type": "widget"}),
    "an unknown key": file_of(SITE, {**POST, "listing": "shown"}),
    "two sites": file_of(SITE, SITE),
    "a post after comments": file_of(*whole({**POST, "id": "q"})),
    "one id twice": file_of(*whole(comment(1), decision(902, of=1))),
    "one decision twice": file_of(*whole(comment(2), decision(901, of=2))),
    "a post twice": file_of(SITE, POST, POST),
    "a page that is a script": file_of(SITE, {**POST, "url": "javascript:alert(1)"}),
    "a report with an address that no mail reaches": file_of(*whole(report(7, email="a b@c"))),
    "a report with an unknown outcome": file_of(*whole(report(7, outcome="lost"))),
    "a report about another decision": file_of(*whole(report(7, decision=uuid(902)))),
    "an appeal in an unknown state": file_of(*whole(appeal(7, decision=901, state="lost"))),
    "no such post": file_of(SITE, comment(1), decision(901, of=1)),
    "a circle": file_of(
        SITE,
        POST,
        comment(1, parent=2),
        decision(901, of=1),
        comment(2, parent=1),
        decision(902, of=2),
    ),
    "an answer to itself": file_of(SITE, POST, comment(1, parent=1), decision(901, of=1)),
    "an answer on another post": file_of(
        SITE, POST, {**POST, "id": "q"}, comment(1), decision(901, of=1), LATE, decision(902, of=2)
    ),
    "a status without a decision": file_of(SITE, POST, comment(1)),
    "a decision of another status": file_of(
        SITE, POST, comment(1), decision(901, of=1, status="held")
    ),
    "a decision about another": file_of(SITE, POST, comment(1), decision(901, of=2)),
    "a verdict of another": file_of(SITE, POST, comment(1, verdict=uuid(7)), decision(901, of=1)),
    "too many reasons": file_of(
        SITE, POST, comment(1, reasons=["A" * 60] * 8), decision(901, of=1)
    ),
    "NUL": file_of(SITE, POST, comment(1, text="a\0b"), decision(901, of=1)),
    "a name of 81 characters": file_of(
        SITE,
        POST,
        comment(1, author={**comment(1)["author"], "name": "x" * 81}),
        decision(901, of=1),
    ),
    "a wrong encoding": file_of(*whole()).replace(b"Text 1.", b"Caf\xe9"),
    "half a surrogate": file_of(*whole()).replace(b"Text 1.", rb"\ud800"),
    "a number as a text": file_of(SITE, POST, comment(1, text=5), decision(901, of=1)),
    "a time without a zone": file_of(SITE, {**POST, "created_at": "2026-01-02T03:04:05"}),
    "an impossible day": file_of(SITE, {**POST, "created_at": "2026-02-31T00:00:00Z"}),
    "a count that is wrong": file_of(*whole())[: -len(b'{"type": "end", "lines": 5}\n')]
    + b'{"type":"end","lines":9}\n',
    "lines behind the end": file_of(*whole()) + json.dumps(POST).encode() + b"\n",
    "deep nesting": b'{"type":"site","settings":' + b"[" * 5000 + b"]" * 5000 + b"}\n",
}


@one_store
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_file_imports_nothing_and_is_refused_with_a_sentence(place, tmp_path, wrong, store):
    there = place()
    before = rows(there)

    with pytest.raises(NotAnExport) as refused:
        there.bring(WRONG[wrong], tmp_path)

    assert refused.value.detail.endswith(("Nothing was imported.", "imported."))
    assert "Text 1" not in refused.value.detail
    assert rows(there) == before


@one_store
def test_a_file_that_is_cut_off_anywhere_imports_nothing(place, tmp_path, store):
    there, content = place(), file_of(*whole(comment(2, parent=1), decision(902, of=2)))
    before = rows(there)

    for end in [*range(1, len(content), 97), len(content) - 1]:
        with pytest.raises(NotAnExport):
            there.bring(content[:end], tmp_path)

    assert rows(there) == before
    assert there.bring(content, tmp_path).done["comments added"] == 2


@one_store
def test_packed_files_are_read_and_damaged_or_exploding_ones_refused(place, tmp_path, store):
    there, content = place(), file_of(*whole())
    packed = gzip.compress(content)
    with pytest.raises(NotAnExport):
        there.bring(packed[:-12], tmp_path)
    with pytest.raises(NotAnExport, match="unpacks"):
        there.bring(gzip.compress(b"\0" * 40_000_000), tmp_path)

    assert there.bring(packed, tmp_path).done["comments added"] == 1


@one_store
def test_a_line_of_any_length_is_refused_in_constant_memory(place, tmp_path, store):
    path = tmp_path / "import.jsonl"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(NotAnExport, match="bytes"):
        place().bring(None, tmp_path)


@one_store
def test_what_readers_see_follows_from_the_status_alone(place, tmp_path, store):
    script = "<p onclick=x()>Hi<script>alert(1)</script><a href=javascript:x()>y</a></p>"
    content = file_of(
        SITE,
        POST,
        comment(1, html=script, featured_at=AT),
        decision(901, of=1),
        comment(2, parent=1, status="held", featured_at=AT, text="Held \u202eword"),
        decision(902, of=2, status="held"),
        comment(3, parent=2),
        decision(903, of=3),
        comment(4, status="spam", author={**comment(4)["author"], "website": "javascript:x()"}),
        decision(904, of=4, status="spam"),
    )
    there = place()
    there.bring(content, tmp_path)

    with there.store.sessions() as session:
        found = {str(c.id)[-1]: c for c in session.scalars(select(Comment))}
    assert {k: (c.listing, c.reply_count) for k, c in found.items()} == {
        "1": ("shown", 1),
        "2": ("tombstone", 1),
        "3": ("shown", 0),
        "4": ("hidden", 0),
    }
    assert "script" not in found["1"].html
    assert "onclick" not in found["1"].html
    assert "javascript" not in found["1"].html
    assert found["2"].text == "Held word"
    assert found["4"].author_website is None
    assert found["2"].featured_at is None


def test_parents_may_come_after_their_replies_and_elsewhere(place, tmp_path, store):
    chain = []
    for number in range(300, 0, -1):
        parent = number + 1 if number < 300 else None
        chain += [comment(number, parent=parent), decision(1000 + number, of=number)]
    there = place()

    result = there.bring(file_of(SITE, POST, *chain), tmp_path)

    assert result.done["comments added"] == 300
    assert not result.done["replies without their parent"]
    with there.store.sessions() as session:
        assert session.scalar(select(Post.comment_count)) == 300
        roots = select(func.count()).where(Comment.parent_id.is_(None))
        assert session.scalar(roots) == 1
    again = there.bring(
        file_of(SITE, POST, comment(500, parent=999), decision(1500, of=500)), tmp_path
    )
    assert again.done["replies without their parent"] == 1


def test_no_message_and_no_mail_goes_out(source, place, tmp_path):
    there = place()
    there.bring(source.export(), tmp_path)

    with there.store.sessions() as session:
        for model in (OutboxMessage, Mail):
            assert session.scalar(select(func.count()).select_from(model)) == 0
        restored = select(func.count()).where(AuditEntry.action == "comment.restored")
        decisions = select(func.count()).select_from(Decision)
        assert session.scalar(restored) == session.scalar(decisions)


def test_ids_that_another_site_has_become_new_ones_consistently(source, tmp_path, clock):
    exported = source.export()
    with source.store.sessions() as session:
        changes.add(session, "copy", title="", origins=[], now=clock.now)

    result = source.bring(exported, tmp_path, name="copy")

    assert result.has_new_ids
    copied = source.export(name="copy")
    assert source.export() == exported
    ours, theirs = of_type(exported, "comment"), of_type(copied, "comment")
    assert [c["text"] for c in ours] == [c["text"] for c in theirs] or len(ours) == len(theirs)
    assert not {c["id"] for c in ours} & {c["id"] for c in theirs}
    by_id = {c["id"]: c for c in theirs}
    answered = sorted(by_id[c["parent"]]["text"] for c in theirs if c["parent"])
    original = {c["id"]: c for c in ours}
    assert answered == sorted(original[c["parent"]]["text"] for c in ours if c["parent"])
    # Again, and from the copy's own export: nothing new.
    assert source.bring(exported, tmp_path, name="copy").done["comments added"] == 0
    assert source.bring(copied, tmp_path, name="copy").done["comments added"] == 0
    assert source.export(name="copy") == copied


def test_a_later_export_brings_what_was_changed_there_and_not_here(
    source, rich, place, tmp_path, clock
):
    there = place()
    there.bring(source.export(), tmp_path)
    before = clock.now
    rich.add("later", "Written after the export.", parent="root", decide="approve")
    rich.decide("rejected", "approve")
    rich.edit("edited", "The fourth text.")
    rich.decide("spam", "approve")
    later = source.export(scope=Scope(since=before))

    result = there.bring(later, tmp_path)

    assert result.done["comments added"] == 1
    assert result.done["comments changed"] == 3
    for kinds in (("post",), ("comment", "decision", "revision"), ("note", "ban")):
        assert of_type(there.export(), *kinds) == of_type(source.export(), *kinds)


def test_a_change_here_is_not_undone_by_a_later_export(source, rich, place, tmp_path, clock):
    there = place()
    there.bring(source.export(), tmp_path)
    mine = rich.id("root")
    with there.store.sessions() as session:
        by = By(Actor.MODERATOR, "mia")
        decisions.decide(
            session, UUID(mine), Outcome.REJECT, by, reason=Reason.OTHER, now=clock.now
        )
    rich.decide("root", "spam")
    rich.decide("root", "approve")

    result = there.bring(source.export(), tmp_path)

    assert result.done["comments changed"] == 0
    kept = next(c for c in of_type(there.export(), "comment") if c["id"] == mine)
    assert kept["status"] == "rejected"


def test_settings_are_restored_into_an_empty_site_and_kept_in_another(
    source, place, tmp_path, clock
):
    exported = source.export()
    there = place()
    with there.store.sessions() as session:
        found = there.site(session)
        changes.change(session, found, settings={"max_links": 7}, now=clock.now)

    assert there.bring(exported, tmp_path).settings == "restored"
    with there.store.sessions() as session:
        found = there.site(session)
        changes.change(session, found, settings={"max_links": 9}, now=clock.now)
    assert there.bring(exported, tmp_path).settings == "kept"
    assert lines(there.export())[0]["settings"]["max_links"] == 9


def test_a_dry_run_changes_nothing(source, place, tmp_path):
    exported, there = source.export(), place()
    before = rows(there)

    result = there.bring(exported, tmp_path, dry_run=True)

    assert result.lines["comment"] == len(of_type(exported, "comment"))
    assert rows(there) == before


KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from moderation.services.signing import Signing
from moderation.services.sites import registry
from moderation.services.transfer import jsonl_import
from moderation.storage.engine import open_store
from tests.conftest import make_settings
settings = make_settings(data_dir=Path(sys.argv[1]))
store = open_store(settings)
print("ready", flush=True)
def rest(_):
    print("commit", flush=True)
with store.sessions() as session:
    site = registry.find(session, "news")
    jsonl_import.run(session, Signing(settings), site, Path(sys.argv[2]),
                     now=datetime.fromisoformat(sys.argv[3]), rest=rest)
"""


@one_store
def test_an_import_that_is_killed_anywhere_is_finished_by_the_next(
    source, place, tmp_path, clock, monkeypatch
):
    exported, there = source.export(), place()
    path = tmp_path / "import.jsonl"
    path.write_bytes(exported)
    place_of = random.Random(4)  # noqa: S311 (no secret)
    folder = there.settings.data_dir
    program = KILLED.replace("settings = make", "jsonl_import.BATCH = 3\nsettings = make")
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(folder), str(path), clock.now.isoformat()],
            stdout=subprocess.PIPE,
            cwd=os.getcwd(),
            # A killed process leaves its temporary files.
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        for _ in range(place_of.randint(2, 9)):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()

    assert there.export() != exported
    there.bring(exported, tmp_path)

    assert there.export() == exported
