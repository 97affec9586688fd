"""The widget on hostile pages, on pages that move it, and for assistive technology."""

import json
import re
import statistics
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name, let_pass

pytestmark = pytest.mark.browser

EMBED = '<script type="module" src="{service}/widget/embed.js" data-site="demo" data-post="{post}">'
PAGE = "<!doctype html><html lang=en><title>Host</title>{head}<body>{body}</body></html>"


@pytest.fixture
def host(service, page):
    """Open a page of the site's origin with this head and body, and these headers."""
    page.set_default_timeout(8000)
    origin = "://".join(urlsplit(service.facts["article"])[:2])
    # A page that the test makes up has no address, and Chromium would ask the reader first.
    page.context.grant_permissions(["local-network-access"], origin=origin)

    def visit(body=None, *, head="", headers=None):
        embed = EMBED.format(service=service.url, post="market-hall") + "</script>"
        html = PAGE.format(head=head, body=embed if body is None else body)
        page.route(
            f"{origin}/host.html",
            lambda route: route.fulfill(
                body=html, content_type="text/html; charset=utf-8", headers=headers or {}
            ),
        )
        page.goto(f"{origin}/host.html")
        return page.locator("comment-thread")

    return visit


def embeds(service, post):
    return EMBED.format(service=service.url, post=post) + "</script>"


def post_comment(thread, text="The levy was meant for the roof."):
    form = thread.locator("form").first
    form.get_by_role("textbox").first.fill(text)
    give_name(form, "Ada")
    form.get_by_role("button", name="Post comment").click()
    expect(thread.locator("article").first).to_contain_text(text)


def test_a_page_that_unsets_everything_does_not_reach_it(host, service):
    service.comment("The roof leaks in eleven places.", name="Wren")

    thread = host(
        head="<style>* { all: unset !important } article { display: none !important }</style>"
    )

    expect(thread.locator("article")).to_be_visible()
    expect(thread.locator(".avatar")).to_have_css("border-radius", "50%")
    assert thread.bounding_box()["width"] > 300
    post_comment(thread)


def test_a_page_that_broke_its_arrays_and_fetch_can_be_commented_on(host):
    broken = """<script>
      for (const name of Object.getOwnPropertyNames(Array.prototype)) {
        if (name === "constructor" || name === "length") continue
        Array.prototype[name] = () => { throw new Error(`broken ${name}`) }
      }
      Array.prototype.extra = "enumerable"
      window.fetch = () => { throw new Error("broken fetch") }
    </script>"""

    thread = host(head=broken)

    post_comment(thread)


def test_a_strict_content_security_policy_is_enough(host, service):
    policy = (
        f"default-src 'none'; script-src {service.url}; connect-src {service.url}; "
        "base-uri 'none'; form-action 'none'"
    )

    thread = host(headers={"Content-Security-Policy": policy})

    post_comment(thread)
    expect(thread.locator(".avatar")).to_have_css("border-radius", "50%")


def test_the_pinned_script_works_with_its_integrity(host, service, page):
    release = page.request.get(f"{service.url}/widget/release.json").json()["embed.js"]

    thread = host(
        f'<script type="module" src="{release["src"]}" integrity="{release["integrity"]}" '
        'crossorigin="anonymous" data-site="demo" data-post="market-hall"></script>'
    )

    expect(thread.get_by_role("heading")).to_have_text("Comments")


def test_two_threads_on_a_page_keep_apart(host, service, page):
    threads = host(embeds(service, "one") + embeds(service, "two"))
    expect(threads.get_by_role("heading")).to_have_count(2)

    post_comment(threads.nth(1), "For the second story.")

    expect(threads.nth(0).locator("article")).to_have_count(0)
    expect(threads.nth(0).get_by_text("No comments yet.")).to_be_visible()


def test_without_storage_it_still_posts(host):
    blocked = """<script>
      Object.defineProperty(window, "localStorage", { get() { throw new Error("blocked") } })
    </script>"""

    post_comment(host(head=blocked))


def test_it_can_be_moved_changed_and_removed_without_leaving_anything(host, service, page):
    thread = host(f'{embeds(service, "one")}<main id="place"></main>')
    expect(thread.get_by_role("heading")).to_have_text("Comments")
    thread.get_by_role("textbox").first.fill("Half a thought")

    page.evaluate("place.append(document.querySelector('comment-thread'))")
    expect(thread.get_by_role("textbox").first).to_have_value("Half a thought")
    page.evaluate("document.querySelector('comment-thread').setAttribute('post', 'two')")
    expect(thread.get_by_role("textbox").first).to_have_value("")
    for _ in range(10):
        page.evaluate(
            """async () => {
              const old = document.querySelector('comment-thread')
              const next = document.createElement('comment-thread')
              next.setAttribute('site', 'demo'); next.setAttribute('post', 'one')
              old.replaceWith(next)
              window.gone = new WeakRef(old)
            }"""
        )
        expect(thread.get_by_role("heading")).to_have_text("Comments")
    page.request_gc()

    assert page.evaluate("window.gone.deref() === undefined")
    expect(thread.get_by_role("heading")).to_have_count(1)


def test_a_post_without_a_name_is_called_by_its_canonical_path(host, service, page):
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "/comments" in r.url else None)

    thread = host(
        EMBED.format(service=service.url, post="").replace(' data-post=""', "") + "</script>",
        head='<link rel="canonical" href="https://ferry-lane.example/2026/hall/">',
    )

    expect(thread.get_by_role("heading")).to_have_text("Comments")
    assert [url for url in asked if "/posts/%2F2026%2Fhall%2F/comments" in url]


def test_a_slow_service_shows_bars_and_then_the_comments(host, service, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    waiting = []
    page.route(re.compile(r"/comments\?"), lambda route: waiting.append(route))

    with page.expect_request(re.compile(r"/comments\?")):
        thread = host()
    expect(thread.locator(".skeleton")).to_be_attached()
    waiting[0].continue_()

    expect(thread.locator("article")).to_contain_text("eleven places")
    expect(thread.locator(".skeleton")).to_have_count(0)


def test_a_thread_that_is_replaced_while_it_loads_leaves_the_next_alone(host, service, page):
    late = []
    page.route("**/posts/one/comments?*", lambda route: late.append(route))
    with page.expect_request("**/posts/one/comments?*"):
        thread = host(embeds(service, "one"))

    thread.evaluate("thread => thread.setAttribute('post', 'two')")
    expect(thread.get_by_role("heading")).to_have_text("Comments")
    # By then the bars of the first were due.
    let_pass(page, 300)

    expect(thread.get_by_role("heading")).to_have_text("Comments")
    expect(thread.locator(".skeleton")).to_have_count(0)


def test_badges_are_filled_by_one_request(host, service, page):
    service.comment("One for the hall.")
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "/api/" in r.url else None)

    host(
        '<a data-comment-count="market-hall">–</a><a data-comment-count="/other/?a=b">–</a>'
        f'<script type="module" src="{service.url}/widget/counts.js" data-site="demo"></script>'
    )

    expect(page.locator("a")).to_have_text(["1", "0"])
    assert len(asked) == 1


def test_the_theme_follows_the_page_not_only_the_system(host, page):
    page.emulate_media(color_scheme="dark")
    light = host(head="<style>body { background: #fff; color: #222 }</style>")
    expect(light.locator("section")).to_have_css("color", "rgb(29, 29, 27)")

    page.evaluate("document.body.style.color = '#eee'")

    expect(light.locator("section")).to_have_css("color", "rgb(236, 236, 232)")


def test_it_can_be_themed_by_properties_and_parts(host):
    style = "comment-thread { --comments-accent: rgb(1, 2, 3) } ::part(heading) { font-size: 30px }"

    thread = host(head=f"<style>{style}</style>")

    thread.get_by_role("textbox").first.focus()
    expect(thread.locator(".primary")).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(thread.get_by_role("heading")).to_have_css("font-size", "30px")


def longest_task(browser, page, act):
    """The most that one task of the page's main thread computed meanwhile, in milliseconds.

    Its own time, not the clock's: other programs on the machine do not count.
    """
    browser.start_tracing(page=page, categories=["toplevel"])
    act()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        event["tdur"] / 1000
        for event in events
        if (event["pid"], event["tid"]) in main and "RunTask" in event["name"] and "tdur" in event
    ]
    assert tasks
    return max(tasks)


def test_fifty_of_a_thousand_comments_are_shown_without_a_long_task(host, service, browser, page):
    def remark(n):
        text = (
            f"Remark {n} on the hall, unlike any other, with *stress* and a list:\n\n- one\n- two"
        )
        return service.comment(text, name=f"Reader {n}")["comment"]["status"]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(remark, range(1000))) == {"approved"}

    def show():
        thread.scroll_into_view_if_needed()
        expect(thread.locator("article")).to_have_count(50)
        expect(thread.get_by_role("heading")).to_have_text("1,000 comments")

    longest = []
    for _ in range(3):
        thread = host(f'<div style="height: 4000px"></div>{embeds(service, "market-hall")}')
        longest.append(longest_task(browser, page, show))

    assert statistics.median(longest) < 50, longest


def test_without_javascript_the_article_shows_and_takes_comments(service, browser):
    service.comment("The roof leaks in eleven places.", name="Wren")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(8000)

    page.goto(service.facts["article"])
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("The roof leaks in eleven places.")).to_be_visible()
    page.goto(f"{service.url}/embed/demo/market-hall")
    page.get_by_label("Your comment").fill("By **hand**.")
    page.get_by_label("Name").fill("Ada")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("strong")).to_have_text("hand")
    page.get_by_role("button", name="Post comment").click()

    expect(page.get_by_role("status")).to_have_text(re.compile("Published|Waiting"))
    page.get_by_label("Edit").fill("By **pen**.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("strong")).to_have_text("pen")
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("Delete your comment for good?").wait_for()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_have_text("Deleted by its author.")
    context.close()


@pytest.mark.parametrize(("scheme", "lang"), [("light", "en"), ("dark", "en"), ("light", "ar")])
def test_axe_finds_nothing(service, page, context, axe, scheme, lang):
    page.set_default_timeout(8000)
    page.emulate_media(color_scheme=scheme)
    parent = service.comment("The roof leaks in eleven places.", name="Wren")["comment"]["id"]
    service.comment("Twelve, since Thursday.", name="Salt", parent_id=parent)
    page.goto(service.facts["article"])
    thread = page.locator("comment-thread")
    thread.scroll_into_view_if_needed()
    post_comment(thread, "What a load of shit.")
    thread.evaluate("(e, lang) => e.setAttribute('lang', lang)", lang)
    expect(thread.locator(f"section[lang={lang}]")).to_be_visible()
    thread.get_by_role("textbox").first.focus()
    thread.locator("footer button").nth(2).click()

    page.evaluate(axe)
    found = page.evaluate("axe.run('comment-thread', { resultTypes: ['violations'] })")
    whole = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")

    assert summary(found) == []
    assert summary(whole) == []


def summary(found):
    return [
        (rule["id"], node["target"], node["failureSummary"])
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def test_axe_finds_nothing_on_the_page_without_javascript(service, page, axe):
    service.comment("The roof leaks in eleven places.", name="Wren")
    page.goto(f"{service.url}/embed/demo/market-hall")

    # The page's policy runs no script in the document; the debugger's world may.
    session = page.context.new_cdp_session(page)
    session.send("Page.setBypassCSP", {"enabled": True})
    page.reload()
    page.evaluate(axe)

    assert summary(page.evaluate("axe.run(document)")) == []
