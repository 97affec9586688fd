"""Unknown facts are neutral: two unknowns are never the same."""

import json

import pytest
from sqlalchemy import select

from moderation.services.sites import changes
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.web.database import db
from tests.conftest import Clock
from tests.services.comments.test_flood_guard import remark

SHORT = ("Yes.", "No!", "Thanks a lot", "Good", "Why not?", "I see", "Agreed", "Well said")


def test_different_short_texts_are_not_the_same_text(make_comment):
    made = [make_comment(text, name=f"Reader {n}")["http"] for n, text in enumerate(SHORT)]

    assert set(made) == {201}


def test_the_same_long_text_within_a_day_is_held_and_after_a_day_is_not(make_comment, clock: Clock):
    text = "The council should have asked the traders before it signed anything."

    first, second = make_comment(text), make_comment(text.upper() + "!!")
    clock.advance(hours=25)
    third = make_comment(text)

    assert [c["http"] for c in (first, second, third)] == [201, 202, 201]


def test_comments_without_any_identity_are_not_one_author(make_app, signed_event, session):
    """A site's own form sends no address; such comments must not look like a burst."""
    app = make_app(ratelimit_enabled=True)

    answers = [
        signed_event(
            "comment.submitted",
            {
                "post": f"post-{i}",
                "author": {"name": f"Guest {i}"},
                "text": f"A remark of its own, number {i}.",
            },
            client=app.test_client(),
        )
        for i in range(65)
    ]

    assert {a.status_code for a in answers} == {201}
    assert session.scalar(select(Comment.author_key)) is None


def test_a_burst_from_one_address_is_held_and_other_addresses_are_not(make_app, site, clock):
    app = make_app(ratelimit_enabled=True, ratelimit_submit="1000 per minute")
    client = app.test_client()

    def send(i: int, address: str) -> int:
        return client.post(
            f"/api/v1/sites/news/posts/p{i}/comments",
            json={"author": {"name": f"N{i}"}, "text": f"Remark {i} says something new."},
            environ_base={"REMOTE_ADDR": address},
        ).status_code

    burst = [send(i, "192.0.2.7") for i in range(25)]
    other = send(99, "198.51.100.9")

    assert burst[0] == 201
    assert burst[-1] == 202
    assert other == 201


def nearly_equal(send) -> list[int]:
    """Nine comments of nine people, with one word of difference each."""
    names = ("Anna", "Berta", "Carla", "Dora", "Emma", "Frieda", "Gerda", "Helga", "Ida")
    text = "Come and see what {} sells at the old harbour market on Sunday before everybody else"
    return [send(n, f"post-{n}", text.format(name)) for n, name in enumerate(names)]


def equal(send) -> list[int]:
    return [send(n, f"post-{n}", "The council should have asked us first.") for n in range(3)]


def from_one_address(send) -> list[int]:
    return [send(0, f"post-{n}", remark(n), name=f"Reader {n}") for n in range(25)]


def by_one_author(send) -> list[int]:
    return [send(0, f"post-{n}", remark(n)) for n in range(9)]


def on_one_post(send) -> list[int]:
    return [send(n, "story", remark(n)) for n in range(63)]


@pytest.mark.parametrize(
    ("sent", "held"),
    [(nearly_equal, 4), (equal, 2), (from_one_address, 4), (by_one_author, 2), (on_one_post, 2)],
)
def test_switching_limits_off_changes_no_judgement(make_app, site, clock, sent, held):
    clock.now = clock.now.replace(second=0, microsecond=0)

    def judged(enabled: bool, prefix: str) -> list[int]:
        client = make_app(
            ratelimit_enabled=enabled, ratelimit_submit="1000 per minute", post_burst=1000
        ).test_client()

        def send(address: int, post: str, text: str, name: str = "") -> int:
            return client.post(
                f"/api/v1/sites/news/posts/{prefix}-{post}/comments",
                json={"author": {"name": name or f"N{address}"}, "text": text},
                environ_base={"REMOTE_ADDR": f"10.{address // 250}.{address % 250}.7"},
            ).status_code

        return sent(send)

    on = judged(True, "on")
    # Nothing of the first round counts a day later.
    clock.advance(hours=25)
    off = judged(False, "off")

    assert off == on
    assert on.count(202) == held


def test_an_edit_into_what_many_wrote_is_judged_like_a_new_comment(client, make_comment):
    text = "Come and see what {} sells at the old harbour market on Sunday before everybody else"
    for number, name in enumerate(("Anna", "Berta", "Carla", "Dora", "Emma")):
        make_comment(text.format(name), post=f"p{number}", name=name)
    made = make_comment("A quiet remark about the ferry and its timetable.", name="Frieda")

    answer = client.patch(
        f"/api/v1/comments/{made['comment']['id']}",
        json={"text": text.format("Frieda")},
        headers={"Authorization": f"Bearer {made['edit_token']}"},
    )

    assert (made["http"], answer.status_code) == (201, 202)


def test_switching_limits_off_asks_for_no_proof_of_work(change_site, client, make_comment):
    change_site(settings={"work_bits": 8, "work_when": "always"})

    form = client.get("/api/v1/sites/news/posts/story/form").get_json()

    assert form["work"] is None
    assert make_comment()["http"] == 201


def test_only_the_first_comments_of_an_author_are_held_when_the_site_asks_for_it(
    client, make_comment, reviewing, change_site
):
    change_site(settings={"hold_first": 1})
    author = {"email": "grace@mail.example"}

    first = make_comment("My first remark here.", author=author)
    second = make_comment("My second remark, still waiting.", author=author)
    client.post(
        f"/api/v1/review/comments/{first['comment']['id']}/decisions",
        json={"outcome": "approve"},
        headers=reviewing,
    )
    third = make_comment("My third remark.", author=author)

    assert [c["http"] for c in (first, second, third)] == [202, 202, 201]


def test_counting_never_looks_at_another_site(app, clock, client, make_comment, change_site):

    with app.app_context():
        changes.add(db.session(), "other", title="", origins=[], now=clock.now)
        db.session.remove()
    text = "The very same sentence appears on two different sites."

    here = make_comment(text)
    there = client.post(
        "/api/v1/sites/other/posts/x/comments", json={"author": {"name": "A"}, "text": text}
    )

    assert here["http"] == there.status_code == 201


def test_a_decision_names_every_filter_that_judged(make_comment, session):
    made = make_comment("What a load of fucking nonsense.")

    decision = session.scalars(select(Decision)).one()
    assert str(decision.comment_id) == made["comment"]["id"]
    assert {"profanity", "spam", "links", "flood", "standing"} <= decision.versions.keys()
    assert decision.policy
    assert json.dumps(decision.causes)
    assert decision.causes[0]["spans"] == [[15, 22]]
