"""A real WordPress with its Akismet plugin, on a MariaDB of its own; nothing of it is shipped.

The files come from the folder in MODERATION_TEST_WORDPRESS, or from Debian's package `wordpress`;
PHP needs its `mysqli`, and MariaDB's server programs must be there.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.nodes import free_port

FILES = Path(os.environ.get("MODERATION_TEST_WORDPRESS", "/usr/share/wordpress"))
CONFIG = """<?php
define('DB_NAME', 'blog'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HTTP_BLOCK_EXTERNAL', false); define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true); define('WP_DEBUG', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
INSTALL = """
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = parse_url('{url}', PHP_URL_HOST) . ':' . parse_url('{url}', PHP_URL_PORT);
mysqli_query(mysqli_connect('localhost', 'root', '', '', 0, '{socket}'), 'CREATE DATABASE blog');
require '{site}/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('A blog', 'admin', 'admin@blog.example', true, '', 'a long enough password');
update_option('siteurl', '{url}'); update_option('home', '{url}');
update_option('comments_notify', 0); update_option('moderation_notify', 0);
update_option('active_plugins', ['akismet/akismet.php']);
"""


def lacking() -> str:
    """Return what of WordPress is not on this machine; empty when all of it is."""
    if not (FILES / "wp-content/plugins/akismet/akismet.php").exists():
        return f"WordPress with Akismet in {FILES}"
    if shutil.which("php") is None:
        return "php"
    loaded = subprocess.run(["php", "-m"], capture_output=True, text=True, check=False).stdout
    if "mysqli" not in loaded.split():
        return "php's mysqli"
    for program in ("mariadbd", "mariadb-install-db"):
        if shutil.which(program) is None:
            return program
    return ""


@dataclass(frozen=True, slots=True)
class WordPress:
    """A running blog."""

    site: Path
    url: str

    def php(self, code: str) -> Any:
        """Run code within WordPress as its administrator; return what it gives back."""
        whole = (
            f"define('WP_ADMIN', true); $_SERVER['HTTP_HOST'] = '{self.url.removeprefix('http://')}';"
            f"$_SERVER['REMOTE_ADDR'] = '203.0.113.9'; require '{self.site}/wp-load.php';"
            "require_once ABSPATH . 'wp-admin/includes/admin.php'; wp_set_current_user(1);"
            f'echo "\\n" . json_encode((function () {{ {code} }})());'
        )
        ran = subprocess.run(
            ["php", "-d", "display_errors=stderr", "-r", whole],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout.rpartition("\n")[2])

    def comment(self, text: str, author: str = "Ada") -> str:
        """Post a comment as a reader does; return WordPress' status of it."""
        form = {
            "author": author,
            "email": f"{len(text)}@reader.example",
            "comment": text,
            "comment_post_ID": "1",
            "comment_parent": "0",
        }
        request = Request(
            f"{self.url}/wp-comments-post.php",
            data=urlencode(form).encode(),
            headers={"User-Agent": "Mozilla/5.0", "Referer": f"{self.url}/?p=1"},
        )
        with urlopen(request, timeout=60) as answer:
            answer.read()
        return self.status(text)

    def status(self, text: str) -> str:
        """Return WordPress' status of a comment: 1, 0 (pending) or spam."""
        return str(
            self.php(
                "global $wpdb; return $wpdb->get_var($wpdb->prepare('SELECT comment_approved "
                f"FROM wp_comments WHERE comment_content = %s', {_quoted(text)}));"
            )
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@contextmanager
def running(folder: Path) -> Iterator[WordPress]:
    """Install and serve a blog with Akismet switched on; it has no key yet."""
    # A socket's path has at most 107 characters.
    socket, database, site = folder / "db.sock", folder / "db", folder / "site"
    shutil.copytree(FILES, site, symlinks=False, ignore_dangling_symlinks=True)
    (site / "wp-config.php").write_text(CONFIG.format(socket=socket))
    plugins = site / "wp-content" / "mu-plugins"
    plugins.mkdir(exist_ok=True)
    # One machine sends more comments in a minute than a reader would.
    (plugins / "calm.php").write_text(
        "<?php add_filter('wp_is_comment_flood', '__return_false', 99);"
    )
    account = ("--user=root",) if os.geteuid() == 0 else ()
    subprocess.run(
        [
            *("mariadb-install-db", "--no-defaults", f"--datadir={database}", *account),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        ],
        check=True,
        capture_output=True,
    )
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        _process(
            *("mariadbd", "--no-defaults", f"--datadir={database}", f"--socket={socket}"),
            *("--skip-networking", *account),
            folder=folder,
        ),
    ):
        _until(socket.exists)
        install = INSTALL.format(url=url, site=site, socket=socket)
        subprocess.run(["php", "-r", install], check=True, capture_output=True)
        # WordPress calls itself while it answers.
        os.environ["PHP_CLI_SERVER_WORKERS"] = "3"
        with _process("php", "-S", url.removeprefix("http://"), "-t", str(site), folder=folder):
            _until(lambda: _answers(url))
            yield WordPress(site, url)


@contextmanager
def _process(*command: str, folder: Path) -> Iterator[None]:
    with (folder / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def _answers(url: str) -> bool:
    try:
        urlopen(f"{url}/readme.html", timeout=5).close()
    except OSError:
        return False
    return True


def _until(ready: Any) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        # Neither program gives a sign when it is ready: poll it.
        time.sleep(0.1)
