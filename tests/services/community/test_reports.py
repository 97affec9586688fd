"""Readers' reports: who may report what, what a report weighs, holds and leaves alone."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from moderation.services.community import reports
from moderation.services.community.reports import MOST_PER_HOUR, Report, Reporter
from moderation.storage.models.base import new_id
from moderation.storage.models.decisions import Decision
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.reports import CommentReport, ReportedComment
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import one_store

THREAD = "/api/v1/sites/news/posts/story/comments"
NOTICE = {
    "explanation": "It names the law.",
    "name": "Ines Duarte",
    "email": "ines@mail.example",
    "good_faith": True,
}


def shown(client):
    return [each["id"] for each in client.get(THREAD).get_json()["comments"]]


def outcomes(client, headers):
    listed = client.get("/api/v1/sites/news/reports", headers=headers).get_json()["reports"]
    return [each["outcome"] for each in listed]


# Who reports what


def test_a_report_is_accepted_and_waits_in_its_queue(client, published, report, queue, review):
    id = published()

    answer = report(id, "spam", text="It sells slates.")

    assert (answer.status_code, answer.get_json()) == (202, {"reported": True})
    assert answer.headers["Cache-Control"] == "no-store"
    (item,) = queue()
    assert item["comment"]["id"] == id
    assert item["comment"]["status"] == "approved"
    assert (item["reported"]["count"], item["reported"]["weight"]) == (1, 1)
    assert item["reported"]["reasons"] == [{"code": "spam", "count": 1}]
    assert item["suggested_reason"] == "SPAM"
    (found,) = review("GET", f"/comments/{id}")["reports"]
    assert (found["text"], found["reason"], found["outcome"]) == ("It sells slates.", "spam", None)
    assert len(found["by"]["key"]) == 8
    assert review("GET", "/counts")["queues"]["reported"]["count"] == 1
    assert shown(client) == [id]


def test_a_second_report_of_one_reader_changes_nothing_and_looks_the_same(
    published, report, review, member
):
    id = published()
    report(id, "spam", address="192.0.2.1", text="First.")
    report(id, "hate", headers=member(sub="7"))

    guest = report(id, "hate", address="192.0.2.1", text="Second.")
    signed_in = report(id, "spam", headers=member(sub="7", name="Another name"))

    assert guest.status_code == signed_in.status_code == 202
    assert guest.get_json() == signed_in.get_json() == {"reported": True}
    found = review("GET", f"/comments/{id}")["reports"]
    assert {(each["reason"], each["text"]) for each in found} == {("spam", "First."), ("hate", "")}


def test_a_signed_in_reader_is_named_and_weighs_more(published, report, review, member, queue):
    id = published()

    report(id, headers=member(sub="7", name="Wren Ash"))

    (found,) = review("GET", f"/comments/{id}")["reports"]
    assert (found["by"]["name"], found["by"]["signed_in"], found["weight"]) == ("Wren Ash", True, 2)
    assert queue()[0]["reported"]["weight"] == 2


def test_only_published_comments_of_the_site_can_be_reported(
    client, make_comment, published, report, decide
):
    held = make_comment("What a load of fucking nonsense.")["comment"]["id"]
    removed = published("The bridge is shut again.")
    decide(removed, "reject")

    for id in (held, removed, new_id()):
        answer = report(id)
        assert answer.status_code == 404
        assert answer.get_json()["code"] == "comment_not_found"
    assert report(published("A third remark."), site="nowhere").status_code == 404


def test_a_reader_who_reported_it_gets_the_same_answer_once_it_is_held(
    published, report, change_site
):
    change_site(settings={"reports_hold": 1})
    id = published()
    report(id, address="192.0.2.1")

    assert report(id, address="192.0.2.1").status_code == 202
    assert report(id, address="198.51.100.2").status_code == 404


@one_store
def test_an_unknown_reason_is_refused_at_its_place(published, report):
    answer = report(published(), "boredom")

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.get_json()["errors"]] == ["#/reason"]
    assert "harassment" in answer.get_json()["detail"]


@pytest.mark.parametrize("missing", NOTICE)
@one_store
def test_a_legal_notice_needs_what_the_law_asks_for(published, report, missing):
    answer = report(published(), "illegal", **{k: v for k, v in NOTICE.items() if k != missing})

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.get_json()["errors"]] == [f"#/{missing}"]


@one_store
def test_fields_that_are_too_long_or_no_address_are_refused_at_their_places(published, report):
    answer = report(published(), text="x" * 2001, email="nobody", name="n" * 81, good_faith="yes")

    assert answer.status_code == 422
    pointers = {each["pointer"] for each in answer.get_json()["errors"]}
    assert pointers == {"#/text", "#/email", "#/name", "#/good_faith"}


@one_store
def test_a_site_can_take_no_reports(client, published, report, change_site):
    id = published()
    change_site(settings={"reports": False})

    assert report(id).get_json()["code"] == "reports_off"
    assert client.get("/api/v1/sites/news/report-reasons").get_json() == {
        "reasons": [],
        "outcome_by_mail": False,
    }
    assert client.get(THREAD).get_json()["post"]["reports"] is False


# Reasons


@one_store
def test_reasons_come_in_the_language_and_name_what_they_need(client, site):
    def reasons(lang):
        found = client.get(f"/api/v1/sites/news/report-reasons?lang={lang}").get_json()["reasons"]
        return {each["code"]: each for each in found}

    assert reasons("de")["off_topic"]["label"] == "Gehört nicht zum Thema"
    assert reasons("pt-BR")["hate"]["label"] == "Ódio contra um grupo"
    assert reasons("xx")["spam"] == {"code": "spam", "label": "Advertising or spam", "needs": []}
    assert reasons("")["illegal"]["needs"] == ["explanation", "name", "email", "good_faith"]
    assert "child_abuse" not in reasons("en")


@one_store
def test_a_site_has_reasons_of_its_own(client, change_site, published, report):
    lines = ["price: Wrong price", "price.de: Falscher Preis", "spam: Adverts", "child_abuse"]
    change_site(settings={"report_reasons": lines})

    def reasons(lang):
        found = client.get(f"/api/v1/sites/news/report-reasons?lang={lang}").get_json()["reasons"]
        return [(each["code"], each["label"]) for each in found]

    assert reasons("en") == [
        ("price", "Wrong price"),
        ("spam", "Adverts"),
        ("child_abuse", "Sexual abuse of children"),
    ]
    assert reasons("de")[0] == ("price", "Falscher Preis")
    assert report(published(), "price").status_code == 202
    assert report(published("Another remark."), "hate").status_code == 422


@one_store
@pytest.mark.parametrize(
    "line", ["Price", "price", "price.de", "price: ", f"price: {'x' * 81}", "1: x"]
)
def test_a_malformed_line_of_a_sites_reasons_is_refused(client, reviewing, site, line):
    answer = client.patch(
        "/api/v1/review/sites/news/settings",
        json={"settings": {"report_reasons": ["spam", line]}},
        headers=reviewing,
    )

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "#/settings/report_reasons/1"


# Holding


def test_reports_of_enough_weight_hold_what_no_person_has_approved(
    client, published, report, review, session
):
    id = published()
    report(id)
    report(id)
    assert shown(client) == [id]

    report(id, text="The third one.")

    assert shown(client) == []
    (item,) = review("GET", "/queue?queue=held")["items"]
    assert item["because"] == "Held because readers reported it."
    assert item["reported"]["count"] == 3
    outcome = select(Decision.outcome).where(Decision.comment_id == item["comment"]["id"])
    assert sorted(session.scalars(outcome)) == ["approve", "hold"]


def test_two_signed_in_readers_hold_a_comment(client, published, report, member):
    id = published()

    report(id, headers=member(sub="1"))
    report(id, headers=member(sub="2"))

    assert shown(client) == []


def test_neighbours_on_one_network_weigh_as_one(client, published, report, queue):
    id = published()

    for host in range(1, 6):
        report(id, address=f"192.0.2.{host}")
        report(id, address=f"2001:db8:0:{host}::1")

    assert shown(client) == [id]
    assert (queue()[0]["reported"]["count"], queue()[0]["reported"]["weight"]) == (10, 2)


@pytest.mark.parametrize("hold", [0, 5])
def test_the_site_chooses_the_weight_that_holds(client, published, report, change_site, hold):
    change_site(settings={"reports_hold": hold})
    id = published()

    for _ in range(4):
        report(id)

    assert shown(client) == [id]
    report(id)
    assert shown(client) == ([id] if hold == 0 else [])


def test_what_a_person_approved_is_never_held_by_reports(
    client, make_comment, report, decide, clock, queue
):
    id = make_comment("What a load of fucking nonsense.")["comment"]["id"]
    decide(id, "approve")
    clock.advance(days=8)

    for _ in range(6):
        report(id)

    assert shown(client) == [id]
    assert queue()[0]["reported"]["count"] == 6


def test_what_staff_wrote_is_never_held_by_reports(client, report, signed_event):
    author = {"name": "Nora Pell", "staff": True}
    signed_event("comment.submitted", {"post": "story", "author": author, "text": "Thank you."})
    (id,) = shown(client)

    for _ in range(4):
        report(id)

    assert shown(client) == [id]


def test_an_edit_is_a_new_text_for_reports(client, make_comment, report, decide, clock):
    made = make_comment("What a load of nonsense, I say.")
    id = made["comment"]["id"]
    decide(id, "approve")
    client.patch(
        f"/api/v1/comments/{id}",
        json={"text": "Something else altogether."},
        headers={"X-Edit-Token": made["edit_token"]},
    )

    for _ in range(3):
        report(id)

    assert shown(client) == []


def test_a_reporter_whose_reports_were_all_unfounded_moves_nothing(
    published, report, decide, queue, member
):
    for number in range(5):
        id = published(f"Remark {number} about the drains.", name=f"Author {number}")
        report(id, headers=member(sub="7"))
        decide(id, "approve")
    id = published("A last remark.", name="Another")

    report(id, headers=member(sub="7"))

    assert queue()[0]["reported"] | {"first_at": 0, "last_at": 0, "reasons": 0} == {
        **{"count": 1, "weight": 0, "reasons": 0, "first_at": 0, "last_at": 0}
    }


# Decisions


@pytest.mark.parametrize(
    ("outcome", "answered", "stays"),
    [("approve", "kept", True), ("reject", "removed", False), ("spam", "removed", False)],
)
def test_a_decision_answers_the_reports_and_ends_their_place_in_the_queue(
    client, published, report, decide, queue, member, outcome, answered, stays
):
    id = published()
    reader = member(sub="7")
    report(id, headers=reader)
    assert outcomes(client, reader) == ["pending"]

    decide(id, outcome)

    assert queue() == []
    assert outcomes(client, reader) == [answered]
    assert shown(client) == ([id] if stays else [])


def test_an_escalated_report_waits_for_a_senior_and_is_not_answered(
    client, published, report, decide, queue, member, review
):
    id = published()
    report(id, headers=member(sub="7"))

    decided = decide(id, "escalate")

    assert decided["status"] == "held"
    assert shown(client) == []
    assert outcomes(client, member(sub="7")) == ["pending"]
    assert [each["comment"]["id"] for each in queue()] == [id]
    assert review("GET", "/counts")["queues"]["escalated"]["count"] == 1


def test_what_nobody_reported_cannot_be_escalated(client, published, reviewing):
    answer = client.post(
        f"/api/v1/review/comments/{published()}/decisions",
        json={"outcome": "escalate"},
        headers=reviewing,
    )

    assert answer.status_code == 409


def test_an_undone_decision_opens_its_reports_again(
    client, published, report, decide, queue, member, review
):
    id = published()
    report(id, headers=member(sub="7"))
    decided = decide(id, "reject")

    review("DELETE", f"/decisions/{decided['id']}")

    assert outcomes(client, member(sub="7")) == ["pending"]
    assert [each["reported"]["count"] for each in queue()] == [1]
    assert shown(client) == [id]


def test_after_a_decision_reports_stay_quiet_for_seven_days(
    client, published, report, decide, queue, review, clock, member
):
    id = published()
    report(id)
    decide(id, "approve")
    clock.advance(days=6, hours=23)

    report(id, headers=member(sub="7"))

    assert queue() == []
    assert outcomes(client, member(sub="7")) == ["kept"]
    assert len(review("GET", f"/comments/{id}")["reports"]) == 2

    clock.advance(hours=2)
    report(id)

    assert [each["reported"]["count"] for each in queue()] == [1]


def test_a_legal_notice_is_never_quiet_and_comes_first(published, report, decide, queue, clock):
    noticed = published()
    report(noticed)
    decide(noticed, "approve")
    other = published("Another remark.")
    report(other)
    report(other)
    clock.advance(minutes=1)

    report(noticed, "illegal", **NOTICE)

    assert [each["comment"]["id"] for each in queue()] == [noticed, other]


def test_many_distinct_reporters_come_before_few_who_were_earlier(published, report, queue, clock):
    few, many = published(), published("Another remark.")
    report(few)
    clock.advance(minutes=90)
    report(many)
    report(many)

    assert [each["comment"]["id"] for each in queue()] == [many, few]
    assert [each["comment"]["id"] for each in queue("sort=oldest")] == [few, many]


def test_a_comment_that_its_author_deletes_leaves_the_queue(
    client, make_comment, report, queue, member, session
):
    made = make_comment()
    id = made["comment"]["id"]
    report(id, headers=member(sub="7"), text="It says cucumber.")

    client.delete(f"/api/v1/comments/{id}", headers={"X-Edit-Token": made["edit_token"]})

    assert queue() == []
    assert outcomes(client, member(sub="7")) == ["gone"]
    assert session.scalars(select(CommentReport.text)).all() == [""]


def test_the_next_reported_comment_is_claimed_once(published, report, review, client, reviewing):
    first, second = published(), published("Another remark.")
    for id in (first, second, second):
        report(id)

    handed = [review("POST", "/next", {"queue": "reported"})["item"] for _ in range(2)]
    answer = client.post("/api/v1/review/next", json={"queue": "reported"}, headers=reviewing)

    assert [each["comment"]["id"] for each in handed] == [second, first]
    assert answer.status_code == 204


def test_the_queue_is_searched_and_narrowed_to_sites_and_authors(published, report, queue):
    roof = published("The roof leaks.", name="Wren")
    drains = published("The drains too.", name="Bea")
    for id in (roof, drains):
        report(id)

    def ids(query):
        return [each["comment"]["id"] for each in queue(query)]

    assert ids("q=drains") == [drains]
    assert ids("site=news&post=story") == [roof, drains]
    assert ids("post=elsewhere") == []
    assert ids("sort=newest") == [drains, roof]


def test_reports_can_be_decided_together(published, report, review, queue):
    ids = [published(f"Remark {n} on the roof.", name=f"N{n}") for n in range(3)]
    for id in ids:
        report(id)

    done = review("POST", "/bulk", {"query": {"queue": "reported"}, "outcome": "approve"})

    assert [each["status"] for each in done["results"]] == ["approved"] * 3
    assert queue() == []
    review("DELETE", f"/batches/{done['batch_id']}")
    assert len(queue()) == 3


# Messages, metrics and limits


def test_the_site_is_sent_one_event_until_a_moderator_answers(
    published, report, decide, change_site, session, clock
):
    change_site(webhook_url="https://hooks.example/in", settings={"reports_hold": 0})

    def events():
        session.rollback()
        kind = OutboxMessage.type == "comment.reported"
        return session.scalars(select(OutboxMessage.payload).where(kind)).all()

    id = published()
    for text in ("A secret.", "Another."):
        report(id, text=text)
    assert len(events()) == 1
    assert events()[0]["report"] == {"reason": "spam", "signed_in": False}
    assert "secret" not in str(events())

    decide(id, "approve")
    clock.advance(days=8)
    report(id)

    assert len(events()) == 2


def test_one_reader_can_report_only_so_much_in_an_hour(
    floods_pass, published, report, session, site, clock, member
):
    id = published()
    reader = member(sub="7")
    report(id, headers=reader)
    key = session.scalars(select(CommentReport.reporter)).one()
    other = published("Another remark.")
    ids = [
        published(f"Number {n}, on tiles and slates.", name=f"N{n}", post=f"post-{n}")
        for n in range(MOST_PER_HOUR - 1)
    ]
    for each in ids:
        row = CommentReport(id=new_id(), comment_id=each, site_id=site.id, reporter=key)
        row.reason, row.created_at = "spam", clock.now
        session.add(row)
    session.commit()
    clock.advance(minutes=50)

    answer = report(other, headers=reader)

    assert (answer.status_code, answer.get_json()["code"]) == (429, "too_many_reports")
    assert answer.headers["Retry-After"] == "600"
    clock.advance(minutes=10, seconds=1)
    assert report(other, headers=member(sub="7")).status_code == 202


@one_store
def test_a_network_can_report_only_so_often(make_app, site, published):
    client = make_app(ratelimit_enabled=True, ratelimit_report="2 per minute").test_client()
    id = published()

    def send():
        path = f"/api/v1/sites/news/comments/{id}/reports"
        return client.post(path, json={"reason": "spam"}).status_code

    assert [send(), send(), send()] == [202, 202, 429]


def test_an_erased_reader_leaves_no_report_behind(
    published, report, member, signed_event, queue, session, change_site
):
    change_site(settings={"reports_hold": 0})
    id = published()
    report(id, headers=member(sub="7", name="Wren Ash"), text="A line.")
    report(id, "illegal", **NOTICE)
    report(id)

    signed_event("author.erased", {"author": {"id": "7"}})
    signed_event("author.erased", {"author": {"email": "Ines@mail.example"}})

    session.rollback()
    assert session.scalar(select(func.count()).select_from(CommentReport)) == 1
    assert queue()[0]["reported"]["count"] == 1


# At the same time


def test_readers_who_report_at_once_leave_one_report_each_and_hold_once(
    make_app, site, clock, published, session
):
    app = make_app(threads=12, write_timeout=60)
    id = published()
    state, ready, failures = app_state(app), threading.Barrier(8), list[BaseException]()

    def send(number):
        # Two threads for each of four readers, of four networks.
        reporter = Reporter(address=f"203.0.{number % 4}.9")
        try:
            with app.app_context():
                ready.wait()
                for _ in range(3):
                    reports.submit(
                        db.session(), state.signing, site, id, Report("spam"), reporter,
                        now=clock.now + timedelta(seconds=number),
                    )  # fmt: skip
                db.session.remove()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    # The fourth reader may find it held, and then it is no longer public.
    assert {type(each).__name__ for each in failures} <= {"CommentNotFound"}
    rows = session.execute(select(CommentReport.reporter, CommentReport.weight)).all()
    assert len(rows) == len({row.reporter for row in rows})
    assert 3 <= len(rows) <= 4
    waiting = session.scalars(select(ReportedComment)).one()
    assert (waiting.reporters, waiting.weight) == (len(rows), len(rows))
    holds = select(func.count()).select_from(Decision).where(Decision.outcome == "hold")
    assert session.scalar(holds) == 1


# Nothing of a report is public


def test_no_public_byte_holds_anything_of_a_report(
    client, published, report, member, decide, change_site
):
    change_site(settings={"reports_hold": 0})
    id = published()
    above = published("A remark with a reply.", name="Bea")
    published("The reply.", parent_id=above, name="Cy")
    reader = member(sub="7", name="canary-name")
    report(id, text="canary-text", headers=reader)
    notice = {"explanation": "canary-why", "name": "canary-ines", "email": "canary@mail.example"}
    report(id, "illegal", **notice, good_faith=True)
    report(above, text="canary-again")
    paths = (
        *(THREAD, f"{THREAD}?sort=oldest", "/api/v1/sites/news/counts?post=story"),
        *(f"/api/v1/comments/{above}/replies", f"/api/v1/comments/{id}/context"),
        *("/api/v1/sites/news/report-reasons", "/api/v1/sites/news/posts/story/me"),
        *("/embed/news/story", "/embed/news/story?fragment=1", f"/report/{id}"),
        *("/feeds/news/story", "/feeds/news", "/api/v1/sites/news/posts/story/form"),
    )

    def public():
        for path in paths:
            for headers in ({}, reader):
                answer = client.get(path, headers=headers)
                yield path, answer.data + str(answer.headers).encode()

    for after in (None, "approve", "reject"):
        if after:
            decide(id, after)
            decide(above, after)
        found = [path for path, answer in public() if b"canary" in answer.replace(VIEWER, b"")]
        assert found == [], after
    # Their own list has outcomes, and no text of a person.
    assert b"canary" not in client.get("/api/v1/sites/news/reports", headers=reader).data


#: Readers are shown under which name they are signed in, to themselves alone.
VIEWER = b'"name":"canary-name"'
