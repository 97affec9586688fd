"""The file of docs/migrating/wordpress.md in a real WordPress, where there is one."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.compat import wordpress
from tests.docs.test_migrating import block

pytestmark = [
    pytest.mark.xdist_group("compat"),
    pytest.mark.skipif(bool(wordpress.lacking()), reason=f"{wordpress.lacking()} is not there"),
]


@pytest.fixture(scope="module")
def key(drop_in):
    """A key of the length that WordPress takes."""
    secret = (drop_in.folder / "data" / "secret.key").read_text().strip()
    ran = subprocess.run(
        [sys.executable, "-m", "moderation", "key", "add", "demo", "akismet", "--short"],
        env={
            **os.environ,
            "MODERATION_SECRET_KEY": secret,
            "MODERATION_DATA_DIR": str(drop_in.folder / "data"),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


@pytest.fixture(scope="module")
def blog(drop_in, key):
    with tempfile.TemporaryDirectory(prefix="wp") as name, wordpress.running(Path(name)) as running:
        point(running, drop_in.url)
        # The two boxes that the page unticks.
        running.php(
            "update_option('comment_moderation', 0);"
            "update_option('comment_previously_approved', 0);"
            f"return Akismet_Admin::save_key('{key}');"
        )
        yield running


def point(blog, address):
    """Write the page's file with an address in place of the page's."""
    file = block("wordpress", "php").replace("https://comments.example", address)
    (blog.site / "wp-content" / "mu-plugins" / "moderation.php").write_text(file)


def test_the_settings_screen_keeps_the_key_that_is_typed_in(blog, key):
    typed = blog.php(
        f"delete_option('wordpress_api_key'); $_POST = ['key' => '{key}',"
        "'_wpnonce' => wp_create_nonce(Akismet_Admin::NONCE)]; Akismet_Admin::enter_api_key();"
        "return [get_option('wordpress_api_key'), Akismet::verify_key(Akismet::get_api_key())];"
    )

    assert typed == [key, "valid"]


def test_the_subscription_is_active(blog, key):
    assert blog.php(f"return Akismet_Admin::get_akismet_user('{key}');")["status"] == "active"


def test_an_ordinary_comment_appears_and_spam_does_not(blog):
    assert blog.comment("The roof é leaks in eleven places, and it's raining.") == "1"
    assert blog.comment("A remark by the test author.", author="viagra-test-123") == "spam"


def test_a_moderators_correction_is_kept_as_an_example(blog, drop_in):
    text = "A remark that the moderator of Blackmoor takes for spam."
    blog.comment(text)

    sent = blog.php(
        f'global $wpdb; $id = $wpdb->get_var("SELECT comment_ID FROM wp_comments WHERE '
        f"comment_content = '{text}'\"); $_POST['spam'] = 1; wp_spam_comment($id);"
        "return get_comment_meta($id, 'akismet_user_result', true);"
    )

    assert sent == "true"
    store = (drop_in.folder / "data").glob("moderation.sqlite3*")
    assert b"Blackmoor" in b"".join(path.read_bytes() for path in store)


def test_what_could_not_be_checked_is_checked_when_the_service_is_back(blog, drop_in):
    point(blog, "http://127.0.0.1:9")
    try:
        blog.php("return update_option('comment_moderation', 1);")
        assert blog.comment("Advertising.", author="viagra-test-123") == "0"
    finally:
        point(blog, drop_in.url)
        blog.php("return update_option('comment_moderation', 0);")

    blog.php("Akismet::cron_recheck(); return 1;")

    assert blog.status("Advertising.") == "spam"
