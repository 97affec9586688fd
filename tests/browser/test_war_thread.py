"""A heated thread on an article about a war, in five languages, and the queue that it fills.

The pictures are kept in `moderation-pictures` under the folder for temporary files.
"""

import tempfile
from pathlib import Path

import pytest

from tests.browser.conftest import running
from tests.browser.test_people import log_in
from tests.product.listed import WAR_THREAD, bounds, cases, counted, listed

pytestmark = pytest.mark.browser

POST = "letter-from-kharkiv"
FOLDER = Path(tempfile.gettempdir()) / "moderation-pictures"
ARTICLE = f"""<main style="max-width: 42rem; margin: auto; font: 1.1rem/1.5 Georgia, serif">
<h1>Letter from Kharkiv: the fourth winter</h1>
<p>The peace plan has twenty-eight points, and the city has four hours of light a day.</p>
<comment-thread site="demo" post="{POST}"></comment-thread></main>
<script type="module" src="widget/embed.js"></script>"""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("war")) as started:
        for case in cases(WAR_THREAD):
            path = f"/sites/{started.facts['site']}/posts/{POST}/comments"
            body = {"author": case["author"], "text": case["text"]}
            made = started.call(path, body)["comment"]
            started.facts.setdefault("thread", {})[made["id"]] = case
        yield started


@pytest.fixture
def queue(service, page):
    """Return the moderator's queue with every row in view."""
    page.set_viewport_size({"width": 1440, "height": 2400})
    log_in(service, page, service.facts["moderator"])
    page.locator(".row").first.wait_for()
    page.locator("[data-context=decisions]").wait_for()
    return page


def waiting(queue, service):
    """Return the cases whose comments are in the queue, by id."""
    rows = queue.locator(".row").all()
    shown = [service.facts["thread"][row.get_attribute("data-id")] for row in rows]
    return {case["id"]: case for case in shown}


def test_the_queue_holds_what_a_moderator_should_see_but_for_the_listed_mistakes(service, queue):
    shown = waiting(queue, service)
    FOLDER.mkdir(exist_ok=True)
    queue.screenshot(path=FOLDER / "war-queue.png", timeout=60_000)

    wrong = {
        case["id"]: "hold" if case["id"] in shown else "approve"
        for case in cases(WAR_THREAD)
        if (case["id"] in shown) != (case["label"] == "hold")
    }

    assert wrong == {case: got for case, (got, _) in listed(WAR_THREAD).items()}


def test_no_kind_has_more_mistakes_than_it_may(service, queue):
    shown = waiting(queue, service)
    missed = [c["id"] for c in cases(WAR_THREAD) if (c["id"] in shown) != (c["label"] == "hold")]
    allowed = bounds(WAR_THREAD)

    found = counted(missed, WAR_THREAD)

    assert {key: n for key, (_, n) in found.items() if n > allowed[key]} == {}
    assert all(reason for _, reason in listed(WAR_THREAD).values())


def test_readers_see_the_published_comments_and_no_held_one(service, queue, host_page):
    held = waiting(queue, service)

    host_page("/letter", ARTICLE)
    comments = queue.locator("comment-thread article")
    comments.first.wait_for()
    queue.screenshot(path=FOLDER / "war-thread.png", full_page=True, timeout=60_000)
    text = "\n".join(comments.all_inner_texts())

    seen = {case["id"] for case in cases(WAR_THREAD) if case["text"][:40] in text}
    assert seen == {case["id"] for case in cases(WAR_THREAD)} - held.keys()
