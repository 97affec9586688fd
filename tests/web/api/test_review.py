"""The review API as clients meet it."""

FOUL = "That is bullshit, and everybody on this street knows it."


def test_next_hands_out_an_item_with_its_lease_and_then_nothing(client, make_comment, reviewing):
    held = make_comment(FOUL)["comment"]["id"]

    first = client.post("/api/v1/review/next", json={}, headers=reviewing)
    second = client.post("/api/v1/review/next", json={"queue": "held"}, headers=reviewing)

    body = first.get_json()
    assert body["item"]["comment"]["id"] == held
    assert {"version", "reasons", "because", "score", "claim"} <= body["item"].keys()
    assert body["lease"].keys() == {"id", "expires_at"}
    assert body["item"]["claim"]["mine"] is True
    assert (second.status_code, second.data) == (204, b"")


def test_a_decision_brings_the_next_item_along(client, make_comment, reviewing):
    first = make_comment(FOUL)["comment"]["id"]
    second = make_comment(FOUL.replace("street", "square"), name="Bo")["comment"]["id"]

    answer = client.post(
        f"/api/v1/review/comments/{first}/decisions",
        json={"outcome": "reject", "reason": "OFFENSIVE", "next": {"site": "news"}},
        headers=reviewing,
    )

    assert answer.status_code == 201
    assert answer.get_json()["next"]["item"]["comment"]["id"] == second


def test_the_same_decision_twice_is_one_decision(client, make_comment, reviewing):
    held = make_comment(FOUL)["comment"]["id"]
    path = f"/api/v1/review/comments/{held}/decisions"
    choice = {"outcome": "escalate", "version": 1}

    first = client.post(path, json=choice, headers=reviewing)
    again = client.post(path, json=choice, headers=reviewing)

    assert first.get_json()["id"] == again.get_json()["id"]


def test_a_claimed_comment_answers_409_with_its_holder_and_end(
    app, client, make_comment, reviewing, moderator
):
    held = make_comment(FOUL)["comment"]["id"]
    client.post(f"/api/v1/review/comments/{held}/claim", json={}, headers=reviewing)
    browser = app.test_client()
    browser.post("/review/login", data=moderator)
    page = browser.get("/review/").get_data(as_text=True)
    csrf = page.split('name="csrf-token" content="')[1].split('"')[0]

    answer = browser.post(
        f"/api/v1/review/comments/{held}/decisions",
        json={"outcome": "approve"},
        headers={"X-CSRF-Token": csrf},
    )

    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (409, "claimed")
    assert problem["claim"]["by"] == "tests"
    assert "expires_at" in problem["claim"]
    released = client.delete(f"/api/v1/review/comments/{held}/claim", headers=reviewing)
    assert released.status_code == 204


def test_counts_answer_304_while_nothing_has_changed(client, make_comment, reviewing):
    make_comment(FOUL)
    first = client.get("/api/v1/review/counts?site=news", headers=reviewing)
    again = client.get(
        "/api/v1/review/counts?site=news",
        headers={**reviewing, "If-None-Match": first.headers["ETag"]},
    )

    assert first.get_json()["queues"]["held"]["count"] == 1
    assert again.status_code == 304


def test_an_item_shows_its_thread_and_its_decisions(client, make_comment, reviewing):
    parent = make_comment("A friendly first word.")["comment"]["id"]
    held = make_comment(FOUL, name="Bo", parent_id=parent)["comment"]["id"]

    item = client.get(f"/api/v1/review/comments/{held}", headers=reviewing).get_json()

    assert [said["id"] for said in item["thread"]["above"]] == [parent]
    assert [decision["outcome"] for decision in item["decisions"]] == ["hold"]
    above = client.get(f"/api/v1/review/comments/{parent}", headers=reviewing).get_json()
    assert [said["id"] for said in above["thread"]["below"]] == [held]


def test_wrong_filters_are_named(client, reviewing):
    answer = client.get(
        "/api/v1/review/queue?queue=everything&score_from=7&sort=fastest", headers=reviewing
    )

    assert answer.status_code == 422
    assert {e["pointer"] for e in answer.get_json()["errors"]} >= {"queue", "score_from", "sort"}


def test_a_machines_decision_names_the_release_of_each_filter(client, make_comment, reviewing):
    held = make_comment(FOUL)["comment"]["id"]
    path = f"/api/v1/review/comments/{held}"
    client.post(f"{path}/decisions", json={"outcome": "approve"}, headers=reviewing)

    by_policy, by_person = sorted(
        client.get(path, headers=reviewing).get_json()["decisions"],
        key=lambda decision: decision["created_at"],
    )

    assert {"profanity", "toxicity", "links"} <= by_policy["versions"].keys()
    assert all(by_policy["versions"].values())
    assert by_person["versions"] == {}
