"""A form that is sent twice without scripts is one comment, one edit, one deletion."""

import re
import threading
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from moderation.storage.models.comments import Comment, Revision
from tests.conftest import one_store

FORM = "application/x-www-form-urlencoded"
PAGE = "/embed/news/story"
TYPED = {"name": "Ada", "email": "", "website": "", "text": "I agree."}


@pytest.fixture
def post(client):
    def send(path=PAGE, *, by=None, **fields):
        return (by or client).post(path, data=urlencode(fields), content_type=FORM)

    return send


@pytest.fixture
def preview(post, clock):
    """Send the first form, wait as a person would, and return the token of its answer."""

    def send(path=PAGE, **typed):
        token = hidden(post(path, **{**TYPED, **typed}))
        clock.advance(seconds=5)
        return token

    return send


@pytest.fixture
def stored(session):
    def count(table=Comment):
        session.rollback()
        return session.scalar(select(func.count()).select_from(table))

    return count


def hidden(page):
    return re.search(r'name="token" value="([^"]+)"', page.text)[1]


def own(page):
    return re.search(r'action="(/own/[^"]+)"', page.text)[1]


def together(count, work):
    """Run `work` in threads that begin at once; return the results."""
    start, results = threading.Barrier(count), [None] * count

    def run(i):
        start.wait()
        results[i] = work()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_confirmed_form_that_is_sent_five_times_is_one_comment(post, preview, stored):
    token = preview()

    pages = [post(**TYPED, token=token) for _ in range(5)]

    assert {page.status_code for page in pages} == {201}
    assert len({page.text for page in pages}) == 1
    assert "Published." in pages[0].text
    assert stored() == 1


def test_it_is_the_same_form_an_hour_later_and_in_any_status(post, preview, stored, clock):
    held = {**TYPED, "text": "What a load of shit, once more."}
    token = preview(text=held["text"])
    first = post(**held, token=token)
    clock.advance(hours=1)

    again = post(**held, token=token)

    assert (first.status_code, again.status_code) == (202, 202)
    assert own(first) == own(again)
    assert stored() == 1


@pytest.mark.parametrize("path", [PAGE, "/embed/news/no-comment-before"])
def test_forms_that_arrive_at_once_are_one_comment(make_app, site, stored, path, clock):
    app = make_app(threads=8)
    first = app.test_client().post(path, data=urlencode(TYPED), content_type=FORM)
    token = hidden(first)
    clock.advance(seconds=5)
    body = urlencode({**TYPED, "token": token})

    pages = together(5, lambda: app.test_client().post(path, data=body, content_type=FORM))

    assert {page.status_code for page in pages} == {201}
    assert len({own(page) for page in pages}) == 1
    assert stored() == 1


def test_two_previews_that_are_posted_at_once_are_one_comment(
    make_app, site, post, preview, stored, clock
):
    app, tokens = make_app(threads=8), [preview() for _ in range(4)]

    def send():
        body = urlencode({**TYPED, "token": tokens.pop()})
        return app.test_client().post(PAGE, data=body, content_type=FORM)

    pages = together(4, send)

    assert {page.status_code for page in pages} == {201}
    assert sum('name="token"' in page.text for page in pages) == 1
    assert stored() == 1


@pytest.mark.parametrize("text", ["Yes!", "同感です。", "A remark that is rather longer."])
def test_the_same_comment_from_a_second_preview_is_one_within_a_minute(
    post, preview, stored, clock, text
):
    typed = {**TYPED, "text": text}
    tokens = [preview(text=text) for _ in range(3)]

    pages = [post(**typed, token=token) for token in tokens]

    assert [page.status_code for page in pages] == [201, 201, 201]
    assert stored() == 1
    assert "It was stored only once." in pages[1].text
    clock.advance(seconds=61)
    post(**typed, token=preview(text=text))
    assert stored() == 2


def test_a_text_proves_no_authorship(post, preview):
    """Another reader behind the same address may have copied name and text."""
    first = post(**TYPED, token=preview())

    second = post(**TYPED, token=preview())

    assert 'name="token"' in first.text
    assert 'name="token"' not in second.text
    assert hidden(first) not in second.text


def test_tokens_of_forms_shown_in_the_same_second_are_not_the_same(post):
    assert hidden(post(**TYPED)) != hidden(post(**TYPED))


def test_two_readers_of_one_name_and_address_answer_different_comments(
    post, preview, stored, make_comment
):
    parents = [make_comment(text)["comment"]["id"] for text in ("One claim.", "Another claim.")]

    pages = [post(**TYPED, parent_id=parent, token=preview(parent_id=parent)) for parent in parents]

    assert [page.status_code for page in pages] == [201, 201]
    assert own(pages[0]) != own(pages[1])
    assert stored() == 4


@pytest.mark.parametrize(
    "other",
    [{"name": "Bea"}, {"email": "ada@mail.example"}, {"text": "I agree!"}],
    ids=["name", "email", "text"],
)
def test_another_author_or_text_is_another_comment(post, preview, stored, other):
    typed = {**TYPED, **other}

    post(**TYPED, token=preview())
    page = post(**typed, token=preview(**other))

    assert 'name="token"' in page.text
    assert stored() == 2


def test_another_address_is_another_author_even_with_the_same_mail(client, preview, stored):
    typed = {**TYPED, "email": "ada@mail.example"}
    for address in ("192.0.2.1", "192.0.2.2"):
        token = preview(email=typed["email"])
        client.post(
            PAGE,
            data=urlencode({**typed, "token": token}),
            content_type=FORM,
            environ_overrides={"REMOTE_ADDR": address},
        )

    assert stored() == 2


def test_a_comment_that_was_deleted_can_be_written_again(post, preview, client):
    page = post(**TYPED, token=preview())
    post(own(page), token=hidden(page), do="delete")

    again = post(**TYPED, token=preview())

    listed = client.get("/api/v1/sites/news/posts/story/comments").get_json()["comments"]
    assert again.status_code == 201
    assert [comment["text"] for comment in listed] == ["I agree."]


def test_the_api_stores_what_it_is_sent_unless_a_key_marks_a_repetition(make_comment, stored):
    for _ in range(2):
        assert make_comment("I agree.")["http"] == 201

    assert stored() == 2


def test_going_back_and_changing_the_text_is_a_second_comment(post, preview, stored):
    token = preview()

    first = post(**TYPED, token=token)
    second = post(**{**TYPED, "text": "I agree, on the whole."}, token=token)

    assert (first.status_code, second.status_code) == (201, 201)
    assert own(first) != own(second)
    assert stored() == 2


def test_a_repetition_in_slow_mode_is_no_second_comment(post, preview, change_site):
    change_site(settings={"slow_seconds": 120})
    token = preview()

    pages = [post(**TYPED, token=token), post(**TYPED, token=token), post(**TYPED, token=preview())]

    assert [page.status_code for page in pages] == [201, 201, 201]


def test_a_refused_form_is_refused_again_with_the_same_words(post, preview, change_site, stored):
    change_site(settings={"block_words": ["zeppelin"]})
    typed = {**TYPED, "text": "Buy my zeppelin."}
    token = preview(text=typed["text"])

    pages = [post(**typed, token=token) for _ in range(3)]

    assert {page.status_code for page in pages} == {422}
    assert all("words or links that this site does not allow" in page.text for page in pages)
    assert stored() == 1


def test_an_edit_that_is_sent_twice_is_one_revision(post, preview, stored, clock):
    page = post(**TYPED, token=preview())
    clock.advance(seconds=5)

    saved = [
        post(own(page), token=hidden(page), do="save", text="I agree with it.") for _ in range(3)
    ]

    assert len({each.text for each in saved}) == 1
    assert stored(Revision) == 1


def test_edits_that_arrive_at_once_are_one_revision(make_app, site, post, preview, stored, clock):
    page = post(**TYPED, token=preview())
    app = make_app(threads=8)
    body = urlencode({"token": hidden(page), "do": "save", "text": "I agree with all of it."})

    pages = together(4, lambda: app.test_client().post(own(page), data=body, content_type=FORM))

    assert {each.status_code for each in pages} == {200}
    assert stored(Revision) == 1


def test_an_edit_by_the_api_that_is_repeated_is_one_revision(client, make_comment, stored, clock):
    made = make_comment("I agree.")
    headers = {"X-Edit-Token": made["edit_token"]}
    path = f"/api/v1/comments/{made['comment']['id']}"

    answers = [client.patch(path, json={"text": "I do not."}, headers=headers) for _ in range(2)]
    clock.advance(seconds=90)
    client.patch(path, json={"text": "I agree."}, headers=headers)

    assert answers[0].get_json() == answers[1].get_json()
    assert stored(Revision) == 2


def test_saving_without_a_change_leaves_no_mark(post, preview, stored):
    page = post(**TYPED, token=preview())

    saved = post(own(page), token=hidden(page), do="save", text="I agree.\r\n")

    assert "<span>edited</span>" not in saved.text
    assert stored(Revision) == 0


@one_store
@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
def test_a_confirmed_form_from_another_page_is_shown_once_more(client, preview, stored, headers):
    body = urlencode({**TYPED, "token": preview()})

    page = client.post(PAGE, data=body, content_type=FORM, headers=headers)

    assert (page.status_code, "not posted yet" in page.text) == (200, True)
    assert stored() == 0


@one_store
@pytest.mark.parametrize("text", ["a b\r\n" * 2500, "記" * 10_000, "🎈" * 10_000])
def test_ten_thousand_characters_of_any_script_fit_into_the_form(client, clock, text):
    """In the usual encoding of forms each of these letters takes nine bytes or twelve."""
    page = client.get(PAGE)
    form = re.search(r"<form id=\"write\"[^>]*>", page.text)[0]
    kind = re.search(r'enctype="([^"]+)"', form)[1]
    shown = client.post(PAGE, data={**TYPED, "text": text}, content_type=kind)
    clock.advance(seconds=5)

    sent = client.post(
        PAGE, data={**TYPED, "text": text, "token": hidden(shown)}, content_type=kind
    )

    assert sent.status_code in (201, 202)
