"""An attack on a post is noticed, held, announced to the site and ended; others notice nothing."""

import pytest
from sqlalchemy import select

from moderation.filters.flood import MAX_POST_1M
from moderation.services.comments import flood_guard
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import LinkHost
from tests.conftest import Clock

#: No two of them are alike.
WORDS = [
    "ferry",
    "roof",
    "market",
    "council",
    "letter",
    "baker",
    "apples",
    "levy",
    "street",
    "river",
    "money",
    "paper",
    "story",
    "people",
    "town",
    "vote",
    "garden",
    "bridge",
    "school",
    "winter",
    "summer",
    "train",
    "ticket",
    "museum",
    "library",
    "concert",
    "harbour",
    "island",
    "forest",
    "mountain",
    "valley",
    "weather",
]


def remark(number: int) -> str:
    """Eight words that no other number has in common with this one by more than chance."""
    state, found = number * 7919 + 1, []
    for _ in range(9):
        state = (state * 1103515245 + 12345) % 2**31
        found.append(WORDS[(state >> 16) % len(WORDS)])
    return " ".join(found).capitalize() + "."


@pytest.fixture
def send(make_app, site):
    """Submit to an application that counts bursts, each time from another address."""
    client = make_app(
        ratelimit_enabled=True, ratelimit_submit="1000 per minute", post_burst=1000
    ).test_client()

    def send(number: int, post: str = "story", text: str | None = None) -> tuple[int, dict]:
        answer = client.post(
            f"/api/v1/sites/news/posts/{post}/comments",
            json={"author": {"name": f"Reader {number}"}, "text": text or remark(number)},
            environ_base={"REMOTE_ADDR": f"10.{number // 250 % 250}.{number % 250}.7"},
        )
        return answer.status_code, answer.get_json()

    return send


def messages(session) -> list[dict]:
    session.rollback()
    found = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.type == flood_guard.QUEUE_FLOOD)
        .order_by(OutboxMessage.created_at, OutboxMessage.id)
    )
    return [message.payload for message in found]


def post_row(session) -> Post:
    session.rollback()
    return session.scalars(
        select(Post).where(Post.external_id == "story").execution_options(populate_existing=True)
    ).one()


def test_a_post_under_attack_waits_for_people_until_ten_calm_minutes_have_passed(
    send, session, clock: Clock
):
    clock.now = clock.now.replace(second=0, microsecond=0)
    statuses = [send(n)[0] for n in range(MAX_POST_1M + 3)]

    assert statuses[: MAX_POST_1M - 1] == [201] * (MAX_POST_1M - 1)
    assert statuses[-1] == 202
    assert send(9_000, post="elsewhere")[0] == 201
    [sent] = messages(session)
    assert (sent["post"], sent["flooded"]) == ("story", True)
    assert sent["comments_1m"] > MAX_POST_1M

    clock.advance(seconds=flood_guard.COOL_DOWN.total_seconds() - 60)
    assert send(500)[0] == 202
    assert flood_guard.end_expired_floods(session, now=clock.now) == 0
    clock.advance(seconds=61)
    assert send(501)[0] == 201
    assert flood_guard.end_expired_floods(session, now=clock.now) == 1
    assert flood_guard.end_expired_floods(session, now=clock.now) == 0
    assert [sent["flooded"] for sent in messages(session)] == [True, False]
    assert post_row(session).flooded_until is None


def test_the_rate_of_a_post_slides_over_the_minute(send, session, clock: Clock):
    clock.now = clock.now.replace(second=30, microsecond=0)
    for number in range(20):
        send(number)
    assert flood_guard.per_minute(post_row(session), clock.now) == 20

    clock.advance(seconds=45)
    assert flood_guard.per_minute(post_row(session), clock.now) == 15
    send(100)
    assert flood_guard.per_minute(post_row(session), clock.now) == 16
    clock.advance(seconds=120)
    assert flood_guard.per_minute(post_row(session), clock.now) == 0
    send(101)
    assert flood_guard.per_minute(post_row(session), clock.now) == 1


def test_nearly_the_same_text_from_many_people_is_held_after_a_few(send, clock: Clock):
    text = "Come and see what {} sells at the old harbour market on Sunday before everybody else"
    names = ("Anna", "Berta", "Carla", "Dora", "Emma", "Frieda", "Gerda")

    found = [send(n, f"post-{n}", text.format(name)) for n, name in enumerate(names)]
    unlike = send(50, "post-50")
    clock.advance(hours=25)
    later = send(51, "post-51", text.format("Helga"))

    assert [status for status, _ in found] == [201] * 5 + [202] * 2
    assert (unlike[0], later[0]) == (201, 201)


def test_an_edited_text_is_not_nearly_the_same_as_itself(send, make_app, clock: Clock):
    text = "Come and see what {} sells at the old harbour market on Sunday before everybody else"
    client = make_app(ratelimit_enabled=True).test_client()
    for number in range(4):
        send(number, f"post-{number}", text.format(f"Nobody{number}"))
    _, made = send(9, "post-9", text.format("Anna"))

    answer = client.patch(
        f"/api/v1/comments/{made['comment']['id']}",
        json={"text": text.format("Berta")},
        headers={"Authorization": f"Bearer {made['edit_token']}"},
    )

    assert answer.status_code == 200


def test_decisions_about_links_are_remembered_by_host_and_taken_back(
    make_comment, session, client, reviewing
):
    made = make_comment("Buy them at www.cheap.example today, all of you good people.")
    way = f"/api/v1/review/comments/{made['comment']['id']}/decisions"

    def counted() -> dict[str, tuple[int, int]]:
        session.rollback()
        rows = session.scalars(select(LinkHost).execution_options(populate_existing=True))
        return {row.host: (row.spam, row.fine) for row in rows}

    assert counted() == {}
    decided = client.post(way, json={"outcome": "spam"}, headers=reviewing).get_json()
    assert counted() == {"www.cheap.example": (1, 0)}
    again = client.post(way, json={"outcome": "approve"}, headers=reviewing).get_json()
    assert counted() == {"www.cheap.example": (1, 1)}
    undone = client.delete(f"/api/v1/review/decisions/{again['id']}", headers=reviewing)

    assert (undone.status_code < 300, decided["id"] != again["id"]) == (True, True)
    assert counted() == {"www.cheap.example": (1, 0)}


def test_links_to_a_host_known_for_spam_count_as_spam_with_that_reason(
    make_comment, client, reviewing, session
):
    for number in range(4):
        text = f"{remark(number)} See www.cheap.example for more."
        made = make_comment(text, name=f"Seller {number}")
        client.post(
            f"/api/v1/review/comments/{made['comment']['id']}/decisions",
            json={"outcome": "spam"},
            headers=reviewing,
        )

    found = make_comment(f"{remark(77)} See www.cheap.example for more.", name="Another")
    other = make_comment(f"{remark(78)} See www.plain.example for more.", name="Somebody")

    item = client.get(
        f"/api/v1/review/comments/{found['comment']['id']}", headers=reviewing
    ).get_json()
    assert (found["http"], other["http"]) == (202, 201)
    assert "www.cheap.example" in str(item)
