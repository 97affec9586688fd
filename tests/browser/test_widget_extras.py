"""The second script, sixteen languages, and a site's own texts."""

import json

import pytest
from playwright.sync_api import expect

from moderation.web.pages.i18n import LANGUAGES, words
from tests.browser.widget_answers import EVERYTHING, extend

pytestmark = pytest.mark.browser


def test_a_reader_who_only_reads_loads_one_script(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, **EVERYTHING)
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))

    thread()

    assert [url for url in loaded if "extras" in url] == []


def test_a_second_script_that_was_changed_does_not_run(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")

    def changed(route):
        found = route.fetch()
        route.fulfill(response=found, body="window.bad = 1\n" + found.text())

    page.route("**/widget/extras-*.js", changed)
    shown = thread()

    shown.get_by_role("button", name="More about the comment by Wren").click()

    expect(shown.locator(".problem").last).to_have_text(
        "That did not work just now. Try again in a moment."
    )
    assert page.evaluate("window.bad") is None
    assert any("integrity" in each for each in page.complaints)
    page.complaints.clear()


def test_a_second_script_that_did_not_come_is_asked_for_again(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    page.route("**/widget/extras-*.js", lambda route: route.abort())
    shown = thread()
    more = shown.get_by_role("button", name="More about the comment by Wren")
    more.click()
    expect(shown.locator("article .problem")).to_be_visible()

    page.unroute("**/widget/extras-*.js")
    more.click()

    expect(shown.get_by_role("button", name="Mute Wren")).to_be_visible()
    page.complaints.clear()


@pytest.mark.parametrize(
    "policy",
    [
        "script-src {service}; connect-src {service}; require-trusted-types-for 'script'; "
        "trusted-types comment-thread",
        "script-src 'nonce-n1'; connect-src {service}",
        "script-src 'nonce-n1' 'strict-dynamic'; connect-src {service}",
    ],
)
def test_the_second_script_obeys_the_pages_policy(service, host_page, page, policy):
    service.comment("The roof leaks in eleven places.", name="Wren")
    headers = {"Content-Security-Policy": policy.format(service=service.url)}
    host_page(
        "/a",
        '<script type="module" nonce="n1" src="widget/embed.js" data-site="demo" '
        'data-post="market-hall"></script>',
        headers=headers,
    )

    page.get_by_role("button", name="More about the comment by Wren").click()

    expect(page.get_by_role("button", name="Mute Wren")).to_be_visible()
    page.get_by_role("textbox").first.focus()
    expect(page.get_by_role("toolbar")).to_be_visible()


def test_every_language_is_spoken_by_both_scripts(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, **EVERYTHING)
    shown = thread()
    for lang in LANGUAGES:
        shown.evaluate("(e, lang) => e.setAttribute('lang', lang)", lang)
        expect(shown.get_by_role("heading")).to_have_text(words(lang).t("comments", n=1))
        others = words(lang).t("others", name="Wren")
        shown.get_by_role("button", name=others, exact=True).click()
        mute = words(lang).t("mute", name="Wren")
        expect(shown.get_by_role("button", name=mute, exact=True)).to_be_visible()
        assert shown.locator("section").get_attribute("lang") == lang


@pytest.mark.parametrize("asked", ["pt", "pt-PT", "PT-br"])
def test_every_portuguese_is_answered_in_that_of_brazil(thread, asked):
    expect(thread(lang=asked).get_by_role("heading")).to_have_text("Comentários")


def test_a_site_replaces_any_text_for_all_languages_or_for_one(service, thread):
    service.comment("The roof leaks in eleven places.", name="Wren")
    own = {
        "post": "Send to the editor",
        "comments": {"one": "{n} letter", "other": "{n} letters"},
        "mute": "Hide {name}",
        "de": {"post": "Leserbrief senden"},
    }

    shown = thread(texts=json.dumps(own))
    expect(shown.get_by_role("heading")).to_have_text("1 letter")
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_role("button", name="Send to the editor")).to_be_visible()
    shown.get_by_role("button", name="More about").click()
    expect(shown.get_by_role("button", name="Hide Wren")).to_be_visible()

    shown.evaluate("e => e.setAttribute('lang', 'de')")
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_role("button", name="Leserbrief senden")).to_be_visible()


def test_texts_that_are_not_json_are_named_in_the_console(thread, page):
    shown = thread(texts="{post: 1}")

    expect(shown.get_by_role("heading")).to_have_text("Comments")
    assert page.complaints == ["comments: not valid JSON: {post: 1}"]
    page.complaints.clear()
