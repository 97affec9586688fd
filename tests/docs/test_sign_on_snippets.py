"""The snippets of docs/sign-on.md sign tokens that the service takes."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from moderation.services.sites import sign_on_secrets
from tests.conftest import missing, one_store

PAGE = (Path(__file__).parents[2] / "docs" / "sign-on.md").read_text(encoding="utf-8")
RUN = {
    "bash": (["bash", "-euo", "pipefail"], ".sh", "bash"),
    "js": (["node"], ".mjs", "node"),
    "php": (["php"], ".php", "php"),
    "python": (["python3"], ".py", "python3"),
    "ruby": (["ruby"], ".rb", "ruby"),
}
#: A name that breaks a snippet which puts texts together without care.
NAME = 'Ünïa "Uma" O\'Neil \\ 木 <b>'
WORDPRESS = r"""<?php
define( 'COMMENTS_SECRET', getenv( 'SECRET' ) );
define( 'DAY_IN_SECONDS', 86400 );
class Reader {
    public $ID = 42;
    public $user_email = 'uma@example.org';
    public $display_name;
    function exists() { return true; }
}
function wp_get_current_user() {
    $reader = new Reader();
    $reader->display_name = getenv( 'USER_NAME' );
    return $reader;
}
function user_can( $user, $right ) { return $right === 'edit_others_posts'; }
function wp_json_encode( $value ) { return json_encode( $value ); }
%s
echo comments_sign_on();
"""


def section(name: str) -> dict[str, str]:
    text = PAGE[PAGE.index(f"## {name}\n") :].partition("\n## ")[0] + "\n"
    if name == "Sign a token":
        text = PAGE[PAGE.index(f"## {name}\n") : PAGE.index("## WordPress")]
    found: dict[str, str] = {}
    for language, code in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        found.setdefault(language, code)
    return found


@pytest.fixture
def viewer(client, session, site, clock, change_site, tmp_path):
    """Run a script and return the reader whom the service takes its token for."""
    change_site(settings={"sign_on_algorithm": "HS256"})
    secret = sign_on_secrets.rotate(session, site, now=clock.now)
    session.rollback()

    def run(command: list[str], name: str, code: str):
        script = tmp_path / name
        script.write_text(code, encoding="utf-8")
        environment = {"SECRET": secret, "SITE": "news", "USER_ID": "42", "USER_NAME": NAME}
        ran = subprocess.run(
            [*command, str(script)],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
        headers = {"Authorization": f"Bearer {ran.stdout.strip()}"}
        answer = client.get("/api/v1/sites/news/posts/story/comments", headers=headers)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()["viewer"]

    return run


@one_store
@pytest.mark.parametrize("language", sorted(RUN))
def test_a_snippet_signs_a_token_that_is_taken(language, viewer):
    command, suffix, program = RUN[language]
    if shutil.which(program) is None:
        missing(program)

    found = viewer(command, f"snippet{suffix}", section("Sign a token")[language])

    assert found == {"name": NAME, "staff": False, "verified": False}


@one_store
def test_the_function_for_wordpress_signs_a_token_that_is_taken(viewer):
    if shutil.which("php") is None:
        missing("php")

    found = viewer(["php"], "theme.php", WORDPRESS % section("WordPress")["php"])

    assert found == {"name": NAME, "staff": True, "verified": False}


def test_there_is_a_snippet_for_every_language_named():
    assert set(section("Sign a token")) == set(RUN)
