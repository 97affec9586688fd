"""A query parameter that was left empty asks for the default."""


def test_empty_parameters_are_as_good_as_none(client, make_comment, reviewing):
    make_comment("One.")

    listed = client.get("/api/v1/sites/news/posts/story/comments?sort=&limit=&cursor=")
    queue = client.get("/api/v1/review/queue?site=&reason=&sort=&cursor=", headers=reviewing)

    assert [c["text"] for c in listed.get_json()["comments"]] == ["One."]
    assert (queue.status_code, queue.get_json()["items"]) == (200, [])
