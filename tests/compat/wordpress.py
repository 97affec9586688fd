"""A real WordPress with its Akismet plugin, on a MariaDB of its own; nothing of it is shipped.

The files come from the folder in MODERATION_TEST_WORDPRESS, or from Debian's package `wordpress`;
PHP needs its `mysqli`, and MariaDB's server programs must be there. The plugin WordPress Importer
is used where the folder has it.
"""

import html
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener, urlopen

from tests.nodes import free_port

PAGE = Path(__file__).parents[2] / "docs" / "migrating" / "wordpress.md"
FILES = Path(os.environ.get("MODERATION_TEST_WORDPRESS", "/usr/share/wordpress"))
IMPORTER = "wp-content/plugins/wordpress-importer/wordpress-importer.php"
PASSWORD = "a long enough password"
#: A test writes a file anew and asks within the two seconds for which PHP would keep its code.
PHP_SERVER = ("php", "-d", "opcache.enable=0", "-S")
CONFIG = """<?php
define('DB_NAME', 'blog'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HTTP_BLOCK_EXTERNAL', false); define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true); define('WP_DEBUG', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
#: One machine sends more comments in a minute than a reader would, and asks no server for updates.
CALM = """<?php
add_filter('wp_is_comment_flood', '__return_false', 99);
add_filter('pre_http_request', function ($answer, $request, $url) {
    return str_ends_with(wp_parse_url($url, PHP_URL_HOST) ?? '', 'wordpress.org')
        ? new WP_Error('offline', 'The tests do without it.') : $answer;
}, 5, 3);
"""
INSTALL = """
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = parse_url('{url}', PHP_URL_HOST) . ':' . parse_url('{url}', PHP_URL_PORT);
mysqli_query(mysqli_connect('localhost', 'root', '', '', 0, '{socket}'), 'CREATE DATABASE blog');
require '{site}/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('A blog', 'admin', 'admin@blog.example', true, '', '{password}');
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


def importer_lacking() -> str:
    """Return what of the plugin WordPress Importer is not there; empty when all of it is."""
    return "" if (FILES / IMPORTER).exists() else f"{FILES / IMPORTER}"


@dataclass(frozen=True, slots=True)
class WordPress:
    """A running blog."""

    site: Path
    url: str
    #: A browser in which the administrator is signed in, once it was used.
    _browser: list[OpenerDirector] = field(default_factory=list)

    # Setting up

    def point(self, address: str) -> None:
        """Write the page's file with an address in place of the page's."""
        (file,) = re.findall(r"^```php\n(.*?)^```", PAGE.read_text(), re.M | re.DOTALL)
        file = file.replace("https://comments.example", address)
        (self.site / "wp-content" / "mu-plugins" / "moderation.php").write_text(file)

    def connect(self, address: str, key: str) -> None:
        """Follow the page: its file, the key, and the two boxes that it unticks."""
        self.point(address)
        saved = self.php(
            "update_option('comment_moderation', 0);"
            "update_option('comment_previously_approved', 0);"
            "Akismet_Admin::save_key($key); return Akismet::get_api_key();",
            key=key,
        )
        assert saved == key

    # Within WordPress

    def php(self, code: str, **given: Any) -> Any:
        """Run code within WordPress as its administrator; return what it gives back.

        `given` are variables of the code.
        """
        whole = (
            "define('WP_ADMIN', true); define('WP_LOAD_IMPORTERS', true);"
            f"$_SERVER['HTTP_HOST'] = '{self.url.removeprefix('http://')}';"
            f"$_SERVER['REMOTE_ADDR'] = '203.0.113.9'; require '{self.site}/wp-load.php';"
            "require_once ABSPATH . 'wp-admin/includes/admin.php'; wp_set_current_user(1);"
            "$given = json_decode(stream_get_contents(STDIN), true);"
            'echo "\n" . json_encode((function () use ($given) {'
            f"extract($given); {code} }})());"
        )
        ran = subprocess.run(
            ["php", "-d", "display_errors=stderr", "-r", whole],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout.rpartition("\n")[2])

    def found(self, text: str) -> dict[str, str]:
        """Return WordPress' row of a comment."""
        row = self.php(
            "global $wpdb; return $wpdb->get_row($wpdb->prepare("
            "'SELECT * FROM wp_comments WHERE comment_content = %s', $text), ARRAY_A);",
            text=text,
        )
        assert row is not None, "WordPress has no such comment"
        return dict(row)

    def status(self, text: str) -> str:
        """Return WordPress' status of a comment: 1, 0 (pending), spam or trash."""
        return self.found(text)["comment_approved"]

    def wait_for(self, text: str, status: str) -> None:
        """Wait until a comment has a status."""
        self.wait_until(lambda: self.status(text) == status)

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait for something that WordPress learns from another process."""
        _until(ready)

    # Over HTTP

    def comment(self, text: str, author: str = "Ada", **more: str) -> str:
        """Post a comment as a reader does; return WordPress' status of it."""
        form = {
            "author": author,
            "email": f"{len(text)}@reader.example",
            "comment": text,
            "comment_post_ID": "1",
            "comment_parent": "0",
            **more,
        }
        request = Request(
            f"{self.url}/wp-comments-post.php",
            data=urlencode(form).encode(),
            headers={"User-Agent": "Mozilla/5.0", "Referer": f"{self.url}/?p=1"},
        )
        with urlopen(request, timeout=60) as answer:
            answer.read()
        return self.status(text)

    def admin(self, path: str) -> str:
        """Open a page of /wp-admin in the administrator's browser."""
        if not self._browser:
            browser = build_opener(HTTPCookieProcessor(CookieJar()))
            form = {"log": "admin", "pwd": PASSWORD, "testcookie": "1", "redirect_to": ""}
            login = f"{self.url}/wp-login.php"
            browser.open(login, timeout=60).close()
            browser.open(login, data=urlencode(form).encode(), timeout=60).close()
            self._browser.append(browser)
        with self._browser[0].open(f"{self.url}/wp-admin/{path}", timeout=60) as answer:
            return str(answer.read().decode())

    def click(self, text: str, action: str, *, listed: str = "all") -> None:
        """Follow the link below a comment in the list of comments, like `spamcomment`."""
        id = self.found(text)["comment_ID"]
        page = self.admin(f"edit-comments.php?comment_status={listed}")
        links = map(html.unescape, re.findall(r"href=['\"](comment\.php\?[^'\"]+)", page))
        (link,) = {
            link for link in links if f"action={action}&" in link and f"&c={id}&" in f"{link}&"
        }
        self.admin(link)


@contextmanager
def running(folder: Path) -> Iterator[WordPress]:
    """Install and serve a blog with Akismet switched on; it has no key yet."""
    # A socket's path has at most 107 characters.
    socket, database, site = folder / "db.sock", folder / "db", folder / "site"
    shutil.copytree(FILES, site, symlinks=False, ignore_dangling_symlinks=True)
    (site / "wp-config.php").write_text(CONFIG.format(socket=socket))
    plugins = site / "wp-content" / "mu-plugins"
    plugins.mkdir(exist_ok=True)
    (plugins / "calm.php").write_text(CALM)
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
        install = INSTALL.format(url=url, site=site, socket=socket, password=PASSWORD)
        subprocess.run(["php", "-r", install], check=True, capture_output=True)
        # WordPress calls itself while it answers.
        os.environ["PHP_CLI_SERVER_WORKERS"] = "3"
        with _process(*PHP_SERVER, url.removeprefix("http://"), "-t", str(site), folder=folder):
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
