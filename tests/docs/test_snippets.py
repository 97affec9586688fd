"""The snippets of docs/webhooks.md sign events that the service takes."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from moderation.services.sites import registry
from moderation.storage.models.posts import Post
from tests.conftest import missing

DOCS = Path(__file__).parents[2] / "docs"
RUN = {
    "bash": (["bash", "-euo", "pipefail"], ".sh", "bash"),
    "js": (["node"], ".mjs", "node"),
    "php": (["php"], ".php", "php"),
    "python": (["python3"], ".py", "python3"),
}


def snippets() -> dict[str, str]:
    text = (DOCS / "webhooks.md").read_text()
    section = text[text.index("### Sign an event") : text.index("## Out")]
    return dict(re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL))


@pytest.fixture
def address(app, site) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("language", sorted(RUN))
def test_a_snippet_closes_the_post_it_names(language, address, session, site, tmp_path):
    command, suffix, program = RUN[language]
    if shutil.which(program) is None:
        missing(program)
    script = tmp_path / f"snippet{suffix}"
    script.write_text(snippets()[language])
    secret = registry.secrets_of(session, site.id)[0]
    session.rollback()
    environment = {"SERVICE": address, "SITE": "news", "POST": "/2026/a", "SECRET": secret}

    ran = subprocess.run(
        [*command, str(script)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ran.returncode == 0, ran.stderr
    assert '"applied"' in ran.stdout
    assert session.scalar(select(Post.state).where(Post.external_id == "/2026/a")) == "closed"


def test_there_is_a_snippet_for_every_language_named():
    assert set(snippets()) == set(RUN)
