"""A site's settings in the console: lists, scores, switches, two people at once, a trial."""

import pytest
from playwright.sync_api import expect

from moderation.domain.judgement import DEFAULT_THRESHOLDS
from tests.browser.conftest import let_pass, running
from tests.browser.test_console_access import axe, desk  # noqa: F401 (fixtures)
from tests.browser.test_people import log_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("site")) as started:
        started.comment("What a pile of bullshit the council has put before us.", name="Bo")
        yield started


@pytest.fixture(autouse=True)
def settings(service):
    """The site's settings by API; as they were at first for every test."""
    path = f"/review/sites/{service.facts['site']}/settings"
    token = service.facts["api_token"]
    plain = service.call(path, token=token)["settings"]
    service.call(path, {"settings": dict.fromkeys(plain)}, method="PATCH", token=token)

    def ask(**changes):
        if changes:
            service.call(path, {"settings": changes}, method="PATCH", token=token)
        return service.call(path, token=token)["settings"]

    return ask


@pytest.fixture
def site(service, page):
    log_in(service, page, service.facts["moderator"])
    page.get_by_role("link", name="Settings").click()
    page.locator(".site-settings").wait_for()
    return page


def save(page, message="It applies from the next comment."):
    # The answer, since an earlier one may have left the same words.
    with page.expect_response(lambda r: r.request.method == "PATCH"):
        page.get_by_role("button", name="Save").press("Enter")
    # It names the status that is there instead.
    expect(page.locator("[data-status]")).to_contain_text(message)


def expect_only(page, status):
    assert page.complaints
    assert all(str(status) in complaint for complaint in page.complaints)
    page.complaints.clear()


def test_who_may_comment_is_chosen_and_the_default_comes_back(site, settings):
    site.get_by_label("Who may comment").select_option("Only readers who are signed in")
    site.get_by_label("Tokens are signed with").select_option("ES256")
    site.get_by_label("Address of the keys").fill("https://login.example/keys.json")
    site.get_by_label("Show pictures of readers who are signed in").check()
    save(site)
    chosen = settings()

    assert (chosen["identity"], chosen["sign_on_algorithm"]) == ("members", "ES256")
    assert chosen["sign_on_jwks_url"] == "https://login.example/keys.json"
    assert (chosen["avatars"], chosen["website_field"]) == (True, None)
    site.get_by_label("Who may comment").select_option("Default: all readers")
    save(site)
    assert settings()["identity"] is None


def test_words_scores_and_switches_are_set_by_keyboard_and_read_again(site, settings):
    site.get_by_label("Block list").focus()
    site.keyboard.type("zeppelin\n\n  cheap watches \nzeppelin")
    site.locator("#block_words-count").get_by_text("3 entries, 1 duplicate").wait_for()
    site.get_by_role("slider", name="Spam").focus()
    for _ in range(10):
        site.keyboard.press("ArrowLeft")
    site.get_by_label("Hold first comments").fill("2")
    site.get_by_label("Only announced posts").check()
    site.get_by_text("4 changes are not saved.").wait_for()
    save(site)

    now = settings()
    assert now["block_words"] == ["zeppelin", "cheap watches"]
    assert now["thresholds"] == {"spam": 0.6}
    assert (now["hold_first"], now["announced_posts_only"]) == (2, True)
    site.reload()
    assert site.get_by_label("Block list").input_value() == "zeppelin\ncheap watches"
    site.get_by_role("button", name="Spam: reset to 0.70, the default").press("Enter")
    assert site.get_by_role("slider", name="Spam").get_attribute("aria-valuetext") == (
        "holds from 0.70"
    )
    save(site)
    assert settings()["thresholds"] is None


def test_every_filter_and_kind_has_a_slider_that_names_what_it_costs(site):
    names = [each.get_attribute("name") for each in site.get_by_role("slider").all()]
    hints = site.locator(".threshold small").all_inner_texts()

    # Findings of standing and of failed filters are no scores.
    assert names == [n for n in DEFAULT_THRESHOLDS if n not in ("standing", "pipeline")]
    assert all(hint.endswith(".") for hint in hints)


def test_kinds_move_with_toxicity_until_they_are_set(site, settings):
    def shown(name):
        return site.get_by_role("slider", name=name, exact=True).get_attribute("aria-valuetext")

    def press(name, key, times):
        site.get_by_role("slider", name=name, exact=True).focus()
        for _ in range(times):
            site.keyboard.press(key)

    press("Threat", "ArrowLeft", 10)
    press("Toxicity", "ArrowRight", 10)
    assert [shown(n) for n in ("Toxicity", "Threat", "Insult", "Identity attack", "Spam")] == [
        f"holds from {score}" for score in ("0.90", "0.40", "0.90", "0.90", "0.70")
    ]
    save(site)
    assert settings()["thresholds"] == {"toxicity": 0.9, "threat": 0.4}

    site.reload()
    assert (shown("Threat"), shown("Insult")) == ("holds from 0.40", "holds from 0.90")
    reset = "Threat: reset to 0.90, the score of Toxicity"
    site.get_by_role("button", name=reset).press("Enter")
    save(site)
    assert settings()["thresholds"] == {"toxicity": 0.9}

    site.get_by_role("button", name="Toxicity: reset to 0.80, the default", exact=True).press(
        "Enter"
    )
    assert shown("Threat") == f"holds from {DEFAULT_THRESHOLDS['threat']:.2f}"
    save(site)
    assert settings()["thresholds"] is None


def test_a_wrong_line_is_named_and_one_key_away(site, settings):
    site.get_by_label("Blocked domains").fill("spam.example\n\nhttps://shop.example/buy\nfine.org")
    site.get_by_label("Links per comment").fill("500")
    save(site, "Nothing was saved: 2 values")
    line = site.get_by_role("button", name="Line 3")
    line.press("Enter")

    area = site.get_by_label("Blocked domains")
    chosen = area.evaluate("a => a.value.slice(a.selectionStart, a.selectionEnd)")
    assert chosen == "https://shop.example/buy"
    assert (
        "only the domain: shop.example" in site.locator("[data-field=block_domains]").inner_text()
    )
    assert settings()["block_domains"] is None
    site.keyboard.type("shop.example")
    site.get_by_label("Links per comment").fill("5")
    save(site)
    assert settings()["block_domains"] == ["spam.example", "shop.example", "fine.org"]
    expect_only(site, 422)


def test_changes_of_different_settings_are_both_kept_without_asking(site, settings):
    settings(max_links=7)
    site.get_by_label("Suspect list").fill("airship")

    save(site, "Saved, together with")

    assert (settings()["max_links"], settings()["suspect_words"]) == (7, ["airship"])
    assert site.get_by_label("Links per comment").input_value() == "7"
    expect_only(site, 412)


def test_of_the_same_list_changed_by_two_nothing_is_lost(site, settings):
    settings(block_words=["one", "two"])
    site.reload()
    site.get_by_label("Block list").fill("two\nmine")
    settings(block_words=["one", "two", "theirs"])

    save(site, "changed the same setting meanwhile")
    assert settings()["block_words"] == ["one", "two", "theirs"]
    assert site.get_by_label("Block list").input_value() == "two\nmine"
    site.get_by_role("button", name="Merge both").press("Enter")
    assert site.get_by_label("Block list").input_value() == "two\ntheirs\nmine"
    save(site)

    assert settings()["block_words"] == ["two", "theirs", "mine"]
    expect_only(site, 412)


def test_a_list_of_a_hundred_thousand_lines_is_pasted_searched_and_saved(site, settings):
    site.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lines = "\n".join(f"word{n}" for n in range(100_000))
    site.evaluate("lines => navigator.clipboard.writeText(lines)", lines)
    site.get_by_label("Block list").focus()
    site.keyboard.press("Control+V")
    site.locator("#block_words-count").get_by_text("100,000 entries").wait_for()
    save(site)
    assert len(settings()["block_words"]) == 100_000

    site.reload()
    site.locator("#block_words-count").get_by_text("100,000 entries").wait_for()
    site.get_by_label("Find in: Block list").fill("word4711")
    site.get_by_role("button", name="Remove word47110").press("Enter")
    site.get_by_label("Add to: Block list").fill("zeppelin\n*")
    save(site, "Nothing was saved")
    assert "Entry 100,001 “*”" in site.locator("[data-field=block_words]").inner_text()
    site.get_by_label("Add to: Block list").fill("zeppelin")
    save(site)

    now = set(settings()["block_words"])
    assert (len(now), "zeppelin" in now, "word47110" in now) == (100_000, True, False)
    expect_only(site, 422)


def test_a_text_is_tried_with_the_saved_settings(site, settings):
    site.get_by_label("Suspect list").fill("zeppelin")
    save(site)
    site.get_by_label("Text", exact=True).fill("A word about a Zeppelin.")
    site.keyboard.press("Control+Enter")

    found = site.locator("[data-found]")
    found.get_by_text("Held for a moderator").wait_for()
    assert found.locator("mark").first.inner_text() == "Zeppelin"
    assert "suspect list" in found.inner_text()
    found.get_by_text("Scores", exact=True).click()
    found.locator(".scores").get_by_text("Toxicity", exact=True).wait_for()
    # Judged again because the settings changed, it leaves the scores open.
    with site.expect_response("**/trials"):
        site.get_by_label("Suspect list").fill("airship")
    expect(found).to_contain_text("Published")
    expect(found.locator(".scores").get_by_text("Toxicity", exact=True)).to_be_visible()


def test_text_typed_during_a_save_stays_and_is_shown_as_unsaved(site, settings):
    late = []
    site.route("**/settings", lambda route: late.append(route), times=1)
    site.get_by_label("Suspect list").fill("airship")
    with site.expect_request("**/settings"):
        site.get_by_role("button", name="Save").press("Enter")
    site.get_by_label("Suspect list").fill("airship\nzeppelin")
    site.get_by_label("Guidelines for commenters").fill("Be kind.")
    late[0].continue_()

    site.locator("[data-status]").get_by_text("2 changes are not saved.").wait_for()
    assert settings()["suspect_words"] == ["airship"]
    assert site.get_by_label("Suspect list").input_value() == "airship\nzeppelin"
    save(site)
    now = settings()
    assert (now["suspect_words"], now["guidelines"]) == (["airship", "zeppelin"], "Be kind.")


def test_of_two_previews_the_later_one_is_shown_in_any_order_of_answers(site):
    late = []
    site.route("**/trials", lambda route: late.append(route), times=1)
    text, found = site.get_by_label("Text", exact=True), site.locator("[data-found]")
    text.fill("What bullshit.")
    with site.expect_request("**/trials"):
        site.keyboard.press("Control+Enter")
    text.fill("A kind word.")
    site.keyboard.press("Control+Enter")
    found.get_by_text("A kind word.").wait_for()

    with site.expect_response("**/trials"):
        late[0].continue_()
    let_pass(site)

    assert found.get_by_text("A kind word.").is_visible()


def test_languages_are_ticked_and_none_means_all(site, settings):
    languages = site.get_by_role("group", name="Languages", exact=True)
    languages.get_by_label("German").check()
    languages.get_by_label("Ukrainian").check()
    save(site)
    assert settings()["languages"] == ["de", "uk"]

    site.reload()
    assert languages.get_by_label("German").is_checked()
    assert not languages.get_by_label("French").is_checked()
    languages.get_by_label("German").uncheck()
    languages.get_by_label("Ukrainian").uncheck()
    save(site)

    assert settings()["languages"] is None


def test_leaving_with_unsaved_changes_asks_first_and_discarding_takes_them_back(site):
    site.get_by_label("Guidelines for commenters").fill("Be kind.")
    site.get_by_text("1 change is not saved.").wait_for()
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.accept()

    site.get_by_role("button", name="Discard").press("Enter")
    assert site.get_by_label("Guidelines for commenters").input_value() == ""
    site.get_by_label("Guidelines for commenters").fill("Be kind.")
    site.on("dialog", stay)
    site.reload()
    assert asked == ["beforeunload"]


def test_a_senior_reads_and_tries_and_others_have_no_link(service, browser, page):
    token = service.facts["api_token"]
    for login, role in (("sen", "senior"), ("mod", "moderator")):
        made = service.call("/review/moderators", {"login": login, "role": role}, token=token)
        window = browser.new_context().new_page()
        log_in(service, window, {"login": login, "password": made["password"]})
        assert window.get_by_role("link", name="Settings").count() == (role == "senior")
        window.goto(f"{service.url}/review/sites/{service.facts['site']}")
        if role == "moderator":
            window.get_by_role("alert").get_by_text("senior").wait_for()
        else:
            window.get_by_text("Admins of this site can change this").wait_for()
            assert window.get_by_label("Block list").get_attribute("readonly") is not None
            assert window.get_by_role("button", name="Save").count() == 0
            window.get_by_label("Text", exact=True).fill("A kind word.")
            window.get_by_role("button", name="Try it").press("Enter")
            window.get_by_text("Published", exact=True).wait_for()
        window.context.close()


def test_axe_finds_nothing_on_the_settings_wide_and_narrow(service, desk, settings):  # noqa: F811
    settings(block_words=["zeppelin"], thresholds={"spam": 0.4})
    desk.goto(f"{service.url}/review/sites/{service.facts['site']}")
    desk.locator(".site-settings").wait_for()
    assert desk.violations() == []
    desk.get_by_label("Text", exact=True).fill("A zeppelin, what bullshit.")
    desk.get_by_role("button", name="Try it").press("Enter")
    desk.locator(".causes").first.wait_for()
    desk.get_by_label("Blocked domains").fill("no domain")
    desk.get_by_role("button", name="Save").press("Enter")
    desk.locator(".problem").first.wait_for()
    assert desk.violations() == []
    settings(sections=[{"prefix": "/a/", "strict_thresholds": {"spam": 0.3}}])
    desk.set_viewport_size({"width": 360, "height": 740})
    assert desk.violations() == []
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360
    desk.on("dialog", lambda dialog: dialog.accept())
    desk.goto(f"{service.url}/review/rules")
    desk.locator(".section-strict[open]").wait_for()
    assert desk.violations() == []
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360
