"""Console messages for integrators, and pages with their own policies and fallbacks."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SCRIPT = '<script type="module" src="widget/embed.js"></script>'
CALM = "Comments cannot be loaded just now."


@pytest.fixture
def advice(page):
    """Return the widget's console messages; readers of the page see one calm sentence."""
    found = []
    page.on("console", lambda m: found.append(m.text) if m.text.startswith("comments:") else None)
    yield found
    expect(page.locator("comment-thread")).to_contain_text(CALM)
    assert len(found) == 1
    page.complaints.clear()


def origin_of(page):
    return "://".join(urlsplit(page.url)[:2])


def test_an_unknown_site_is_named_with_the_command_that_adds_it(host_page, page, advice):
    host_page("/u", f'<comment-thread site="demmo"></comment-thread>{SCRIPT}')
    expect(page.get_by_text(CALM)).to_be_visible()

    (words,) = advice
    assert 'site "demmo", post "/u"' in words
    assert f"moderation site add demmo --origin {origin_of(page)}" in words


def test_an_origin_that_is_not_listed_is_named_with_the_command_that_lists_it(
    host_page, page, advice, service
):
    page.route(
        "https://preview.example/",
        lambda route: route.fulfill(
            body='<comment-thread site="demo" post="market-hall"></comment-thread>'
            f'<script type="module" src="{service.url}/widget/embed.js"></script>',
            content_type="text/html",
        ),
    )
    page.context.grant_permissions(["local-network-access"], origin="https://preview.example")

    page.goto("https://preview.example/")
    expect(page.get_by_text(CALM)).to_be_visible()

    (words,) = advice
    assert "https://preview.example: The page" in words
    assert "moderation site settings demo --origin https://preview.example" in words


@pytest.mark.parametrize(
    "element", ["<comment-thread></comment-thread>", '<comment-thread site=""></comment-thread>']
)
def test_a_site_that_is_not_named_is_missed_by_name(host_page, page, advice, element):
    host_page("/u", element + SCRIPT)
    expect(page.get_by_text(CALM)).to_be_visible()

    assert "data-site is missing" in advice[0]


def test_a_post_that_can_be_none_is_explained(host_page, page, advice):
    host_page("/u", f'<comment-thread site="demo" post="{"x" * 600}"></comment-thread>{SCRIPT}')
    expect(page.get_by_text(CALM)).to_be_visible()

    assert "A post's id is 1 to 512 characters" in advice[0]


def test_a_service_that_does_not_answer_is_named(host_page, page, advice, service):
    page.route("**/api/v1/sites/**", lambda route: route.abort())

    host_page("/u", f'<comment-thread site="demo"></comment-thread>{SCRIPT}')
    expect(page.get_by_text(CALM)).to_be_visible()

    assert f"no answer from {service.url}/" in advice[0]


# Trusted Types


def typed(service, policies=""):
    """The headers of a page that demands Trusted Types and allows these policies."""
    policy = (
        f"default-src 'none'; script-src {service.url}; connect-src {service.url}; "
        f"require-trusted-types-for 'script'; {policies}"
    )
    return {"Content-Security-Policy": policy}


@pytest.mark.parametrize("policies", ["", "trusted-types comment-thread"])
def test_pages_that_demand_trusted_types_show_comments_previews_and_counts(
    host_page, page, service, policies
):
    service.comment("The *roof* leaks.")
    embed = SCRIPT.replace("src=", 'data-site="demo" data-post="market-hall" src=')
    counts = '<script type="module" src="widget/counts.js" data-site="demo"></script>'

    host_page(
        "/u",
        f'<i id="badge" data-comment-count="market-hall"></i>{embed}{counts}',
        headers=typed(service, policies),
    )

    thread = page.locator("comment-thread")
    expect(thread.locator("article em")).to_have_text("roof")
    expect(page.locator("#badge")).to_have_text("1")
    thread.get_by_role("textbox").first.fill("**No**, it does not.")
    thread.get_by_role("button", name="Preview").click()
    expect(thread.locator(".pane strong")).to_have_text("No")


def test_a_policy_that_the_page_does_not_allow_is_named_in_the_console(
    host_page, page, service, advice
):
    service.comment("The roof leaks.")
    embed = SCRIPT.replace("src=", 'data-site="demo" data-post="market-hall" src=')

    host_page("/u", embed, headers=typed(service, "trusted-types other"))
    expect(page.get_by_text(CALM)).to_be_visible()

    assert "TrustedHTML" in advice[0]


def test_a_page_that_lists_policies_and_demands_no_types_shows_comments(host_page, page, service):
    service.comment("The *roof* leaks.")
    embed = SCRIPT.replace("src=", 'data-site="demo" data-post="market-hall" src=')

    host_page("/u", embed, headers={"Content-Security-Policy": "trusted-types other"})

    expect(page.locator("comment-thread article em")).to_have_text("roof")
    assert all(re.search("polic", text, re.I) for text in page.complaints)
    page.complaints.clear()


# Dark pages


@pytest.mark.parametrize(
    ("style", "dark"),
    [
        ("body { background: #112 }", True),
        ("html { background: navy }", True),
        ("main { background: rgb(20 20 20) }", True),
        ("body { background: #112 } main { background: #fff }", False),
        ("body { background: #fff } main { background: rgba(0, 0, 0, 0.1) }", False),
        ("body { background: oklch(0.2 0 0) }", True),
        ("body { background: #112; color: #eee }", True),
        ("body { background: #fff; color: #222 }", False),
        ("", False),
    ],
)
def test_the_theme_follows_what_is_behind_where_the_text_has_no_colour(
    host_page, page, style, dark
):
    host_page(
        "/u",
        f'<main><comment-thread site="demo"></comment-thread></main>{SCRIPT}',
        head=f"<style>{style}</style>",
    )

    expect(page.locator("comment-thread section")).to_have_css(
        "color-scheme", "dark" if dark else "light"
    )


# Without the script


def test_a_link_inside_the_element_is_there_until_the_comments_are(host_page, page, service):
    link = f'<a href="{service.url}/embed/demo/market-hall">Read the comments</a>'
    host_page("/u", f'<comment-thread site="demo" post="market-hall">{link}</comment-thread>')
    expect(page.get_by_text("Read the comments")).to_be_visible()

    page.add_script_tag(url=f"{service.url}/widget/embed.js", type="module")

    expect(page.locator("comment-thread").get_by_role("heading")).to_have_text("Comments")
    expect(page.get_by_text("Read the comments")).to_be_hidden()
