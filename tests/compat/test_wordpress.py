"""The file of docs/migrating/wordpress.md in a real WordPress, where there is one."""

import pytest

from tests.compat.conftest import operate

pytestmark = pytest.mark.xdist_group("compat")


@pytest.fixture(scope="module")
def data(drop_in):
    return drop_in.folder / "data"


@pytest.fixture(scope="module")
def key(data):
    """A key of the length that WordPress takes."""
    return operate(data, "key", "add", "demo", "akismet", "--short")


@pytest.fixture(scope="module")
def blog(blog, drop_in, key):
    blog.connect(drop_in.url, key)
    return blog


def examples(data):
    """Return the store's bytes, in which a kept example can be found."""
    return b"".join(path.read_bytes() for path in data.glob("moderation.sqlite3*"))


def enter(blog, key):
    """Type a key into the settings screen; return the key that is stored afterwards."""
    return blog.php(
        "$_POST = ['key' => $key, '_wpnonce' => wp_create_nonce(Akismet_Admin::NONCE)];"
        "Akismet_Admin::enter_api_key(); return get_option('wordpress_api_key');",
        key=key,
    )


def test_the_settings_screen_keeps_the_key_that_is_typed_in(blog, key):
    blog.php("return delete_option('wordpress_api_key');")

    assert enter(blog, key) == key
    assert blog.php("return Akismet::verify_key(Akismet::get_api_key());") == "valid"


def test_a_wrong_key_is_not_kept_in_place_of_a_valid_one(blog, key):
    assert enter(blog, "0123456789ab") == key


def test_a_new_key_is_kept_when_the_stored_one_was_revoked(blog, key):
    blog.php("return update_option('wordpress_api_key', '0123456789ab');")

    assert enter(blog, key) == key


def test_the_subscription_is_active(blog, key):
    assert blog.php("return Akismet_Admin::get_akismet_user($key);", key=key)["status"] == "active"


def test_an_ordinary_comment_appears_and_spam_does_not(blog):
    assert blog.comment("The roof é leaks in eleven places, and it's raining.") == "1"
    assert blog.comment("A remark by the test author.", author="viagra-test-123") == "spam"


def test_a_moderators_correction_is_kept_as_an_example(blog, data):
    text = "A remark that the moderator of Blackmoor takes for spam."
    blog.comment(text)

    blog.click(text, "spamcomment")

    assert blog.status(text) == "spam"
    assert b"Blackmoor" in examples(data)


def test_a_comment_that_the_moderator_takes_out_of_spam_is_kept_as_an_example(blog, data):
    text = "A remark from Whitemoor that is no spam."
    assert blog.comment(text, author="viagra-test-123") == "spam"

    blog.click(text, "unspamcomment", listed="spam")

    # WordPress lets its administrator approve it in a second step.
    assert blog.status(text) == "0"
    assert b"Whitemoor" in examples(data)


def test_the_plugin_counts_what_was_checked(blog, key):
    counted = blog.php("return Akismet_Admin::get_stats($key);", key=key)

    assert counted["all"]["spam"] >= 1


@pytest.fixture
def away(blog, drop_in):
    """The service does not answer, until it is called."""
    blog.point("http://127.0.0.1:9")
    yield lambda: blog.point(drop_in.url)
    blog.point(drop_in.url)
    blog.php("return update_option('comment_moderation', 0);")


def test_with_both_boxes_unticked_a_comment_appears_unchecked_while_the_service_is_away(blog, away):
    assert blog.comment("Unchecked advertising.", author="viagra-test-123") == "1"


def test_what_could_not_be_checked_is_checked_when_the_service_is_back(blog, away):
    blog.php("return update_option('comment_moderation', 1);")
    assert blog.comment("Advertising.", author="viagra-test-123") == "0"

    away()
    blog.php("Akismet::cron_recheck(); return 1;")

    assert blog.status("Advertising.") == "spam"
