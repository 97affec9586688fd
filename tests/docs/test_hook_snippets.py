"""The command and the plugin of docs/webhooks.md for other systems do what the page promises."""

import os
import re
import shutil
import subprocess
import threading

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from moderation.services.accounts import authentication
from moderation.services.sites import registry
from moderation.services.webhooks import hook_secrets
from moderation.services.webhooks.hook_signatures import Adapter
from moderation.storage.models.posts import Post
from tests.conftest import missing, one_store

from .test_snippets import DOCS

#: The functions of WordPress that the plugin calls.
WORDPRESS = r"""<?php
class WP_Post {
    public $post_type = 'post';
    function __construct(public $ID, public $post_status, public $post_name, public $post_title) {}
}
$hooks = [];
function add_action($name, $call) { global $hooks; $hooks[$name] = $call; }
function wp_json_encode($value) { return json_encode($value); }
function wp_strip_all_tags($text) { return strip_tags($text); }
function is_post_type_viewable($type) { return $type === 'post'; }
function get_permalink($post) {
    return $post->post_status === 'publish'
        ? "https://wp.example/2026/$post->post_name/" : "https://wp.example/?p=$post->ID";
}
function get_post_time($format, $gmt, $post) { return '2026-03-01T09:00:00+00:00'; }
function wp_remote_retrieve_response_code($answer) { return $answer; }
function wp_remote_post($url, $given) {
    $lines = '';
    foreach ($given['headers'] as $name => $value) { $lines .= "$name: $value\r\n"; }
    $http = ['method' => 'POST', 'header' => $lines, 'content' => $given['body'],
        'ignore_errors' => true];
    $text = file_get_contents($url, false, stream_context_create(['http' => $http]));
    echo $text, "\n";
    return (int) explode(' ', $http_response_header[0])[1];
}
define('COMMENT_THREADS_URL', getenv('SERVICE') . '/api/v1/sites/news/webhooks/wordpress');
define('COMMENT_THREADS_SECRET', getenv('SECRET'));
include $argv[1];
[$from, $to] = [$argv[2], $argv[3]];
$before = $from === '-' ? null : new WP_Post(7, ...explode(',', $from));
$after = new WP_Post(7, ...explode(',', $to));
if ($to[0] === '-') { $hooks['deleted_post'](7, $before); exit; }
$hooks['wp_after_insert_post'](7, $after, $before !== null, $before);
"""


@pytest.fixture
def address(app, site):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def new_secret(session, site, clock):
    def make(adapter):
        return hook_secrets.add(
            session,
            registry.find(session, "news"),
            Adapter(adapter),
            authentication.CLI,
            now=clock.now,
        )

    return make


def snippet(language):
    text = (DOCS / "webhooks.md").read_text()
    section = text[text.index("## In: from Ghost") :]
    return re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)[1]


def ran(command, **environment):
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "was not accepted" not in done.stderr
    return done.stdout


@one_store
def test_the_command_closes_the_post_it_names(address, new_secret, session, tmp_path):
    script = tmp_path / "snippet.sh"
    script.write_text(snippet("bash"))

    printed = ran(
        ["bash", "-euo", "pipefail", str(script)],
        SERVICE=address,
        SITE="news",
        POST="/2026/a",
        SECRET=new_secret("github"),
    )

    assert '"applied"' in printed
    assert session.scalar(select(Post.state).where(Post.external_id == "/2026/a")) == "closed"


@one_store
def test_the_plugin_tells_what_happens_to_a_post(address, new_secret, session, tmp_path):
    if shutil.which("php") is None:
        missing("php")
    (tmp_path / "wordpress.php").write_text(WORDPRESS)
    (tmp_path / "plugin.php").write_text(snippet("php"))
    secret = new_secret("wordpress")
    session.rollback()

    def reported(before, after):
        files = [str(tmp_path / name) for name in ("wordpress.php", "plugin.php")]
        out = ran(["php", *files, before, after], SERVICE=address, SECRET=secret)
        session.rollback()
        posts = session.execute(select(Post.external_id, Post.title, Post.state)).all()
        return '"applied"' in out, [tuple(post) for post in posts]

    draft, shown = "draft,walk,A walk", "publish,walk,A walk"
    moved, walk = "publish,stroll,A &amp; B", ("/2026/walk/", "A walk")

    assert reported("-", draft) == (False, [])
    assert reported(draft, shown) == (True, [(*walk, "open")])
    assert reported(shown, draft) == (True, [(*walk, "closed")])
    assert reported(draft, shown) == (True, [(*walk, "open")])
    assert reported(shown, moved) == (True, [("/2026/stroll/", "A & B", "open")])
    assert reported(moved, "trash,stroll__trashed,A &amp; B") == (
        True,
        [("/2026/stroll/", "A & B", "removed")],
    )
    assert reported(moved, "-,-,-")[1] == [("/2026/stroll/", "A & B", "removed")]
