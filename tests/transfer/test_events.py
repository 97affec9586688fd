"""A site sends the comments of its own system as signed events, with their times."""

from datetime import timedelta


def test_a_signed_comment_keeps_the_time_when_it_was_written(signed_event, stored, clock):
    author = {"name": "Ada", "id": "7"}
    for number in range(40):
        written = clock.now - timedelta(days=900 - number)
        data = {"post": "story", "author": author, "text": f"An old remark, number {number}."}
        answer = signed_event("comment.submitted", {**data, "created_at": written.isoformat()})
        assert answer.status_code in (200, 201, 202)

    rows = stored()
    assert len(rows) == 40
    assert rows[0][0].created_at == clock.now - timedelta(days=900)
    assert rows[0][0].status == "approved"
    assert [c.status for c, _ in rows].count("approved") == 40


def test_a_time_in_the_future_is_now(signed_event, stored, clock):
    data = {"post": "story", "author": {"name": "Ada"}, "text": "From tomorrow."}
    later = (clock.now + timedelta(days=1)).isoformat()

    signed_event("comment.submitted", {**data, "created_at": later})

    assert stored()[0][0].created_at == clock.now


def test_a_comment_of_the_public_form_has_no_such_field(client, stored, clock):
    client.post(
        "/api/v1/sites/news/posts/story/comments",
        json={
            "author": {"name": "Ada"},
            "text": "From the form.",
            "created_at": "2001-01-01T00:00:00Z",
        },
    )

    assert all(c.created_at == clock.now for c, _ in stored())
