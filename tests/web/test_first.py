"""A comment goes in and comes out."""


def test_a_clean_comment_is_published_and_listed(make_comment, client):
    made = make_comment("What a good idea.")

    listed = client.get("/api/v1/sites/news/posts/story/comments").get_json()
    assert made["http"] == 201
    assert [c["id"] for c in listed["comments"]] == [made["comment"]["id"]]
