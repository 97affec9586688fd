"""A doubtful comment of a real WordPress waits here, and the decision reaches WordPress."""

import pytest

from tests.browser.conftest import running
from tests.compat.conftest import operate

pytestmark = pytest.mark.xdist_group("compat")

#: The site holds comments with this word.
DOUBTFUL = "plum"


@pytest.fixture(scope="module")
def service(blog, tmp_path_factory):
    """A service that may reach a WordPress on this machine."""
    folder = tmp_path_factory.mktemp("verdicts")
    with running(folder, MODERATION_OUTBOUND_ALLOWED="127.0.0.1/32") as started:
        operate(started.data_dir, "site", "settings", "demo", f'suspect_words=["{DOUBTFUL}"]')
        key = operate(started.data_dir, "key", "add", "demo", "akismet", "--short")
        blog.connect(started.url, key)
        yield started


@pytest.fixture
def queued(service):
    """Return our item of a comment that waits, or None."""

    def find(text):
        found = service.call("/review/queue", token=service.facts["api_token"])
        items = [each for each in found["items"] if each["comment"]["text"] == text]
        return items[0] if items else None

    return find


@pytest.fixture
def decide(service, queued):
    def send(text, outcome):
        id = queued(text)["comment"]["id"]
        path = f"/review/comments/{id}/decisions"
        return service.call(path, {"outcome": outcome}, token=service.facts["api_token"])

    return send


def test_a_doubtful_comment_waits_in_both_places_with_its_authors_data(blog, queued):
    text = 'It\'s another plum for the "market hall", writes Ada \U0001f642.'

    assert blog.comment(text, email="ada@mail.example", url="https://ada.example/me") == "0"

    item = queued(text)
    author, source = item["comment"]["author"], item["comment"]["source"]
    assert (author["name"], author["email"]) == ("Ada", "ada@mail.example")
    assert author["website"] == "https://ada.example/me"
    assert source["platform"] == "akismet"
    assert source["url"] == f"{blog.url}/?p=1"
    assert source["details"]["blog"] == blog.url


@pytest.mark.parametrize(
    ("outcome", "status"), [("approve", "1"), ("spam", "spam"), ("reject", "spam")]
)
def test_the_decision_changes_the_comments_status_there(blog, decide, queued, outcome, status):
    text = f"A plum for those who decide: {outcome}."
    assert blog.comment(text) == "0"

    decide(text, outcome)

    blog.wait_for(text, status)
    assert queued(text) is None


def test_a_decision_of_wordpress_own_moderator_ends_the_wait_and_wins(blog, queued):
    text = "A plum that the blog's own moderator takes for spam."
    assert blog.comment(text) == "0"
    assert queued(text) is not None

    blog.click(text, "spamcomment")

    assert queued(text) is None
    assert blog.status(text) == "spam"


def test_the_box_about_first_authors_keeps_an_approved_comment_pending(blog, decide):
    text = "A plum by an author who was never approved."
    blog.php("return update_option('comment_previously_approved', 1);")
    try:
        assert blog.comment(text, author="Newcomer", email="new@reader.example") == "0"
        decide(text, "approve")
        id = blog.found(text)["comment_ID"]
        history = "return array_column(Akismet::get_comment_history($id), 'event');"
        blog.wait_until(lambda: "webhook-ham" in blog.php(history, id=id))
    finally:
        blog.php("return update_option('comment_previously_approved', 0);")

    assert blog.status(text) == "0"


def test_wordpress_publishes_by_itself_after_twice_the_time_of_the_site(blog, queued):
    text = "A plum that waits for long."
    blog.comment(text)
    id = int(blog.found(text)["comment_ID"])

    due = blog.php("return wp_next_scheduled('akismet_approval_fallback', [$id]) - time();", id=id)
    blog.php("do_action('akismet_approval_fallback', $id); return 1;", id=id)

    assert due == pytest.approx(2 * 24 * 3600, abs=300)
    assert blog.status(text) == "1"


def test_an_inner_address_is_told_nothing_unless_the_operator_allows_it(blog, service, drop_in):
    folder = drop_in.folder / "data"
    operate(folder, "site", "settings", "demo", f'suspect_words=["{DOUBTFUL}"]')
    key = operate(folder, "key", "add", "demo", "akismet", "--short")
    text = "A plum in a network that is not allowed."
    before = blog.php("return get_option('wordpress_api_key');")
    blog.connect(drop_in.url, key)
    try:
        assert blog.comment(text) == "1"
    finally:
        blog.connect(service.url, before)
        operate(folder, "site", "settings", "demo", "suspect_words=[]")
