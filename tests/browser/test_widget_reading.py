"""Reading: order, more, folding, links, news, languages, and the reader's own comments."""

import re
import sqlite3
from contextlib import closing
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from moderation.services.comments import threads
from tests.browser.conftest import Service, give_name, let_pass

pytestmark = pytest.mark.browser


def published(service: Service, text: str, **fields):
    """A comment that readers see, with any findings of the filters."""
    made = service.comment(text, **fields)["comment"]
    if made["status"] == "held":
        path = f"/review/comments/{made['id']}/decisions"
        service.call(path, {"outcome": "approve"}, token=service.facts["api_token"])
    return made["id"]


def remarks(service, number):
    return [
        published(service, f"Remark {n} on the hall, unlike any other.", name=f"Reader {n}")
        for n in range(number)
    ]


def test_newest_and_oldest_first_and_more_on_demand(thread, service):
    remarks(service, 5)
    shown = thread(page_size="2")
    texts = shown.locator("article .text")

    expect(texts).to_have_text([re.compile("Remark 4"), re.compile("Remark 3")])
    shown.get_by_role("button", name="Show more comments").click()
    expect(texts).to_have_count(4)
    expect(shown.locator("article").nth(2)).to_be_focused()
    shown.get_by_role("combobox").select_option("oldest")

    expect(texts).to_have_text([re.compile("Remark 0"), re.compile("Remark 1")])


def test_many_replies_are_shown_when_asked_for_and_folded_away(thread, service):
    parent = published(service, "The roof leaks in eleven places.", name="Wren")
    for n in range(7):
        published(service, f"Answer {n}, unlike any other.", name=f"R{n}", parent_id=parent)
    shown = thread()
    expect(shown.locator("li li article")).to_have_count(5)

    shown.get_by_role("button", name="Show 2 replies").click()
    expect(shown.locator("li li article")).to_have_count(7)
    shown.get_by_role("button", name="Hide replies to Wren").click()

    expect(shown.locator("li li article").first).to_be_hidden()
    unfold = shown.get_by_role("button", name="Show 7 replies")
    expect(unfold).to_be_focused()
    unfold.click()
    expect(shown.locator("li li article").first).to_be_visible()


def test_deep_replies_are_no_longer_indented_and_name_their_parents_author(thread, service):
    above = None
    for n in range(7):
        above = published(
            service,
            f"Level {n}, unlike any other.",
            name=f"R{n}",
            **({"parent_id": above} if above else {}),
        )

    shown = thread(f"#comment-{above}")

    deepest = shown.get_by_role("article", name="R6")
    expect(deepest).to_contain_text("in reply to R5")
    expect(deepest).to_be_focused()


def test_a_link_opens_and_marks_a_comment_pages_down(thread, service):
    first = remarks(service, 6)[0]

    shown = thread(f"#comment-{first}", page_size="2")

    marked = shown.locator("article.marked")
    expect(marked).to_contain_text("Remark 0")
    expect(marked).to_be_in_viewport()
    expect(marked).to_be_focused()


def test_a_link_opens_a_comment_below_more_than_one_chain_of_others(thread, service):
    above = published(service, "The top of a very deep thread.")
    with closing(sqlite3.connect(service.data_dir / "moderation.sqlite3")) as store:
        store.row_factory = sqlite3.Row
        row = dict(store.execute("SELECT * FROM comments WHERE id = ?", (above,)).fetchone())
        places = ", ".join(f":{name}" for name in row)
        for n in range(threads.NESTED * 2 + 10):
            row |= {"id": str(uuid4()), "parent_id": above, "author_name": f"R{n}"}
            store.execute(f"INSERT INTO comments ({', '.join(row)}) VALUES ({places})", row)
            above = row["id"]
        store.commit()

    shown = thread(f"#comment-{above}")

    deepest = shown.get_by_role("article", name=f"R{n}", exact=True)
    expect(deepest).to_contain_text(f"in reply to R{n - 1}")
    expect(deepest).to_be_focused()
    expect(shown.locator(".list > li")).to_have_count(1)


def test_a_link_to_a_held_comment_shows_nothing(thread, service, page):
    published(service, "First, so that there is a thread.")
    held = service.comment("What a load of shit.", name="Wren")["comment"]["id"]

    shown = thread(f"#comment-{held}")

    expect(shown.get_by_role("status")).to_have_text(re.compile("no longer here"))
    expect(shown.locator("article")).to_have_count(1)
    page.complaints.clear()


def test_a_link_to_a_comment_on_another_post_shows_nothing_of_it_here(thread, service, page):
    published(service, "First, so that there is a thread.")
    other = service.call(
        f"/sites/{service.facts['site']}/posts/elsewhere/comments",
        {"author": {"name": "Wren"}, "text": "A remark on another post."},
    )["comment"]["id"]

    with page.expect_response("**/context"):
        shown = thread(f"#comment-{other}")
    let_pass(page)

    expect(shown.locator("article")).to_have_count(1)
    expect(shown).not_to_contain_text("A remark on another post.")


def test_a_reader_with_hundreds_of_comments_sends_no_header_too_long_for_a_server(thread, page):
    shown = thread()
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("The levy was meant for the roof.")
    give_name(form, "Ada")
    form.get_by_role("button", name=re.compile("^Post")).click()
    expect(shown.locator("article")).to_be_focused()
    page.evaluate(
        """() => {
          const name = Object.keys(localStorage).find((name) => name.includes("tokens:"))
          const [[id, token]] = Object.entries(JSON.parse(localStorage[name]))
          const another = (n) => [crypto.randomUUID(), `${n}.${token}`]
          const many = Array.from({ length: 300 }, (_, n) => another(n))
          localStorage[name] = JSON.stringify(Object.fromEntries([...many, [id, token]]))
        }"""
    )

    with page.expect_response("**/me") as asked:
        thread()

    assert asked.value.ok
    assert len(asked.value.request.headers["x-edit-token"]) <= 8_000
    # The newest go first, and their effect is visible.
    assert len(asked.value.json()["comments"]) == 1


def test_new_comments_are_counted_quietly_and_shown_when_asked_for(thread, service, page):
    page.clock.install()
    parent = published(service, "The roof leaks in eleven places.", name="Wren")
    shown = thread()
    expect(shown.locator("article")).to_have_count(1)
    published(service, "Twelve, since Thursday.", name="Ada", parent_id=parent)
    published(service, "And the lantern.", name="Salt")

    page.clock.run_for(61_000)
    news = shown.get_by_role("button", name="Show 2 new comments")
    expect(news).to_be_visible()
    expect(shown.locator("article")).to_have_count(1)
    news.click()

    expect(shown.locator("article")).to_have_count(3)
    expect(shown.locator("li li article")).to_contain_text("Twelve")
    expect(shown.get_by_role("heading")).to_have_text("3 comments")
    expect(news).to_have_count(0)


def test_a_clock_that_is_wrong_by_a_day_does_not_make_times_wrong(thread, service, page):
    published(service, "Posted just now.")
    page.clock.set_system_time("2031-01-01T00:00:00Z")

    shown = thread()

    expect(shown.locator("time")).to_have_text(re.compile("just now|minute"))


@pytest.mark.parametrize(
    ("lang", "heading", "direction"),
    [
        ("en", "2 comments", "ltr"),
        ("de", "2 Kommentare", "ltr"),
        ("fr", "2 commentaires", "ltr"),
        ("es", "2 comentarios", "ltr"),
        ("uk", "2 коментарі", "ltr"),
        ("ru", "2 комментария", "ltr"),
        ("ja", "コメント 2 件", "ltr"),
        ("ar", "تعليقان", "rtl"),
    ],
)
def test_each_language_is_loaded_alone(thread, service, page, lang, heading, direction):
    remarks(service, 2)
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "/lang/" in r.url else None)

    shown = thread(lang=lang)

    expect(shown.get_by_role("heading")).to_have_text(heading)
    expect(shown.locator("section")).to_have_css("direction", direction)
    assert {url.rsplit("/", 1)[-1] for url in asked} <= {f"{lang}.json", "en.json"}


def test_ones_own_comment_is_edited_and_deleted_in_its_place(thread, service):
    shown = thread()
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("The levy was ment for the roof.")
    give_name(form, "Ada")
    form.get_by_role("button", name="Post comment").click()
    expect(shown.locator("article")).to_be_focused()
    shown = thread()
    article = shown.locator("article")

    article.get_by_role("button", name="Edit").click()
    editor = article.get_by_role("textbox")
    expect(editor).to_have_value("The levy was ment for the roof.")
    editor.fill("The levy was meant for the roof.")
    article.get_by_role("button", name="Save").click()
    expect(article).to_contain_text("meant for the roof.")
    expect(article).to_contain_text("edited")
    article.get_by_role("button", name="Delete").click()
    article.get_by_text("Delete your comment for good?").wait_for()
    article.get_by_role("button", name="Delete").click()

    expect(article).to_have_count(0)
    expect(shown.get_by_role("heading")).to_have_text("Comments")
    expect(shown.get_by_role("heading")).to_be_focused()


def test_an_edit_that_must_wait_hides_the_comment_from_others(thread, service):
    shown = thread()
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("The levy was meant for the roof.")
    give_name(form, "Ada")
    form.get_by_role("button", name="Post comment").click()
    article = shown.locator("article")

    article.get_by_role("button", name="Edit").click()
    article.get_by_role("textbox").fill("What a load of shit.")
    article.get_by_role("button", name="Save").click()

    expect(article).to_contain_text("Waiting for a moderator.")
    expect(shown.get_by_role("heading")).to_have_text("Comments")
    assert service.call("/sites/demo/posts/market-hall/comments")["comments"] == []


def test_the_preview_is_the_services_own(thread):
    shown = thread()
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("So **bold**")

    form.get_by_role("button", name="Preview").click()

    expect(form.locator("strong")).to_have_text("bold")
    form.get_by_role("button", name="Continue writing").click()
    expect(form.get_by_role("textbox").first).to_be_focused()


def test_a_deleted_parent_leaves_its_place(thread, service):
    made = service.comment("Soon regretted.", name="Wren")
    published(service, "An answer that stays.", name="Ada", parent_id=made["comment"]["id"])
    service.call(f"/comments/{made['comment']['id']}", method="DELETE", token=made["edit_token"])

    shown = thread()

    expect(shown.locator("article").first).to_have_text("Deleted by its author.")
    expect(shown.locator("li li article")).to_contain_text("An answer that stays.")


def test_a_closed_post_is_read_only(thread, service):
    published(service, "Said in time.")
    shown = thread(readonly="")

    expect(shown.locator("article")).to_contain_text("Said in time.")
    expect(shown.locator("form")).to_have_count(0)
    expect(shown.get_by_role("button", name="Reply")).to_have_count(0)


def take_down(service, comment_id):
    path = f"/review/comments/{comment_id}/decisions"
    service.call(path, {"outcome": "reject"}, token=service.facts["api_token"])


def test_a_take_down_goes_from_open_pages_without_a_jump(thread, service, page):
    page.clock.install()
    ids = remarks(service, 4)
    reply = published(service, "An answer, unlike any other.", name="Salt", parent_id=ids[2])
    shown = thread()
    expect(shown.locator("article")).to_have_count(5)
    # A shorter page cannot be scrolled as far: that would be no jump of ours.
    page.add_style_tag(content="body { padding-bottom: 2000px }")
    above = shown.get_by_role("article", name="Reader 3")
    above.scroll_into_view_if_needed()
    shown.get_by_role("button", name="Reply to Reader 1").focus()
    before = above.bounding_box()

    take_down(service, ids[1])
    take_down(service, reply)
    page.clock.run_for(61_000)

    expect(shown.locator("article")).to_have_count(3)
    expect(shown.get_by_role("heading")).to_have_text("3 comments")
    expect(shown.get_by_role("article", name="Reader 0")).to_be_focused()
    expect(shown.get_by_role("button", name=re.compile("Show|Hide"))).to_have_count(0)
    assert above.bounding_box() == before


def test_a_take_down_on_a_later_page_is_seen_and_unloaded_pages_are_left(thread, service, page):
    page.clock.install()
    ids = remarks(service, 5)
    shown = thread(page_size="2")
    shown.get_by_role("button", name="Show more comments").click()
    expect(shown.locator("article")).to_have_count(4)

    take_down(service, ids[1])
    page.clock.run_for(61_000)

    texts = shown.locator("article .text")
    expect(texts).to_have_text([re.compile(f"Remark {n}") for n in (4, 3, 2)])
    expect(shown.get_by_role("heading")).to_have_text("4 comments")


def test_an_answer_outlives_what_it_answers_and_an_edit_is_shown(thread, service, page):
    page.clock.install()
    gone = published(service, "Soon taken down.", name="Wren")
    edited = service.comment("The levy was ment for the roof.", name="Salt")
    shown = thread()
    shown.get_by_role("button", name="Reply to Wren").click()
    answer = shown.get_by_role("form", name="Reply to Wren").get_by_role("textbox").first
    answer.fill("Half an answer")

    take_down(service, gone)
    service.call(
        f"/comments/{edited['comment']['id']}",
        {"text": "The levy was meant for the roof."},
        method="PATCH",
        token=edited["edit_token"],
    )
    page.clock.run_for(61_000)

    expect(shown.get_by_text("The comment you are replying to is gone.")).to_be_visible()
    expect(shown.get_by_text("Soon taken down.")).to_have_count(0)
    expect(answer).to_have_value("Half an answer")
    expect(answer).to_be_focused()
    expect(shown.get_by_role("article", name="Salt")).to_contain_text("meant for the roof.")


def test_staff_and_featured_comments_are_marked_in_words(thread, service, page):
    published(service, "We have corrected the figure.", name="Ines")

    def marked(route):
        answer = route.fetch()
        listed = answer.json()
        for comment in listed["comments"]:
            comment["featured"] = comment["author"]["staff"] = True
        route.fulfill(response=answer, json=listed)

    page.route("**/comments?*", marked)

    article = thread(lang="de").get_by_role("article", name="Ines")

    expect(article.get_by_text("Redaktion", exact=True)).to_be_visible()
    expect(article.get_by_text("Ausgewählt", exact=True)).to_be_visible()
