"""What is unknown is neutral: two unknowns are never the same."""

import json

from sqlalchemy import select

from moderation.storage import db
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision
from tests.conftest import Clock

SHORT = ("Yes.", "No!", "Thanks a lot", "Good", "Why not?", "I see", "Agreed", "Well said")


def test_different_short_texts_are_not_the_same_text(make_comment):
    made = [make_comment(text)["http"] for text in SHORT]

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


def test_switching_rate_limits_off_switches_off_burst_counting_but_not_judgement(make_comment):
    burst = [make_comment(f"Remark {i} says something new.")["http"] for i in range(30)]
    foul = make_comment("What a load of fucking nonsense.")["http"]

    assert set(burst) == {201}
    assert foul == 202


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
    from moderation.services import sites

    with app.app_context():
        sites.add(db.session(), "other", title="", origins=[], now=clock.now)
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
