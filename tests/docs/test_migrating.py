"""Every command and snippet of docs/migrating works as printed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compat.conftest import packages
from tests.conftest import missing
from tests.nodes import Node, free_port
from tests.transfer import exports

__all__ = ["packages"]

pytestmark = pytest.mark.xdist_group("compat")

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "migrating").glob("*.md"))
#: How a block is run; the others have tests of their own.
RUN = {
    "bash": "{}",
    "python": "python3 <<'SNIPPET'\n{}SNIPPET\n",
    "js": "node - <<'SNIPPET'\n{}SNIPPET\n",
}
#: In a page's output, in this order.
PRINTED = {
    "perspective": (r'"TOXICITY"', r"^0\.\d+$", r"^0\.\d+$", r"^0\.\d+$"),
    "openai": (r'"flagged":\s*true', r"^\[True, False\]$", r"^\[ true, false \]$"),
    "coral": (r"/coral/news/moderate", r" UTC$", r'"TOXICITY"'),
    "discourse": (r'"TOXICITY"', r"false$"),
    "research": (r"(?i)^x-moderation-model: \S+@\S+$", r"^2 scores\.jsonl$"),
    "wordpress": (r"valid", r"true", r"Nothing was stored", r"^Added 6 comments"),
    "disqus": (r"Nothing was stored", r"^Added 5 comments"),
    "isso": (r"Nothing was stored", r"^Added 4 comments"),
    "remark42": (r"Nothing was stored", r"^Added 2 comments.* 1 ban"),
    "cusdis": (r"Nothing was stored", r"^Added 3 comments"),
    "waline": (r"Nothing was stored", r"^Added 3 comments"),
    "artalk": (r"Nothing was stored", r"^Added 2 comments"),
    "twikoo": (r"Nothing was stored", r"^Added 2 comments"),
    "commento": (r"Nothing was stored", r"^Added 2 comments"),
}
#: The export of each page, under the name that it has there.
EXPORTS = {
    "disqus.xml.gz": exports.gzipped(exports.DISQUS),
    "blog.WordPress.xml": exports.WORDPRESS.encode(),
    "backup-remark42.gz": exports.gzipped(exports.REMARK42),
    "waline.json": exports.WALINE.encode(),
    "artrans.json": exports.ARTALK.encode(),
    "twikoo.json": exports.TWIKOO.encode(),
    "commento.json.gz": exports.gzipped(exports.COMMENTO),
}
#: These have comments that are refused on purpose, for which the command exits with 1.
REFUSING = ("disqus", "wordpress")
#: What a checkout of another project has where the page changes it.
CHECKOUTS = {
    "helm/src/helm/clients/perspective_api_client.py": (
        'url = "https://commentanalyzer.googleapis.com/$discovery/rest?version=v1alpha1"\n'
    ),
    "lm-evaluation-harness/lm_eval/tasks/realtoxicityprompts/metric.py": (
        'url = "https://commentanalyzer.googleapis.com/v1alpha1/comments:analyze"\n'
    ),
    "real-toxicity-prompts/utils/perspective_api.py": (
        "client = discovery.build('commentanalyzer', 'v1alpha1', developerKey=api_key)\n"
    ),
}


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the language and the text of each block of a page."""
    return re.findall(r"^```(\w+)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.DOTALL)


def block(page: str, language: str) -> str:
    """Return the one block of a page in a language."""
    (found,) = (
        text
        for each, text in blocks(ROOT / "docs" / "migrating" / f"{page}.md")
        if each == language
    )
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("migrating")
    running = Node(folder, MODERATION_LOG_LEVEL="ERROR")
    running.port = free_port()
    running.environment["MODERATION_PUBLIC_URL"] = f"http://127.0.0.1:{running.port}"
    running.command("migrate")
    running.command("site", "add", "news", "--origin", "https://news.example")
    running.start()
    yield running
    running.kill()


def test_there_is_a_page_for_each_service_and_the_readme_leads_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert {page.stem for page in PAGES} == PRINTED.keys()
    assert [page.stem for page in PAGES if f"(docs/migrating/{page.name})" not in readme] == []


def test_every_block_is_run_by_a_test():
    languages = {language for page in PAGES for language, _ in blocks(page)}

    assert languages == RUN.keys() | {"php", "ruby"}


def _tolerant(script: str) -> str:
    """Return the script with the exit code 1 of imports taken for success."""
    return re.sub(r"^(moderation import .*)$", r"\1 || [ $? = 1 ]", script, flags=re.M)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_pages_commands_and_snippets_work_in_their_order(page, server, tmp_path, request):
    environment = {**server.environment, "SECRET": "empsec_0123456789abcdef0123456789abcdef"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    if any(language == "js" for language, _ in blocks(page)):
        modules = request.getfixturevalue("packages") / "node_modules"
        environment["NODE_PATH"] = str(modules)
    if shutil.which("curl") is None:
        missing("curl")
    for name, line in CHECKOUTS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(line)
    for name, content in EXPORTS.items():
        (tmp_path / name).write_bytes(content)
    exports.isso(tmp_path / "comments.db")
    exports.cusdis(tmp_path / "cusdis.sqlite")
    address = f"http://127.0.0.1:{server.port}"
    script = "\necho\n".join(
        RUN[language].format(text.replace("https://comments.example", address))
        if language != "bash"
        else text.replace("https://comments.example", address)
        for language, text in blocks(page)
        if language in RUN
    )

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _tolerant(script) if page.stem in REFUSING else script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    rest = ran.stdout.replace("\r\n", "\n")
    for pattern in PRINTED[page.stem]:
        found = re.search(pattern, rest, re.M)
        assert found, (pattern, ran.stdout)
        rest = rest[found.end() :]
    if page.stem == "research":
        for name in CHECKOUTS:
            changed = (tmp_path / name).read_text()
            assert address in changed
            assert "googleapis" not in changed
            compile(changed, name, "exec")
        scored = (tmp_path / "scores.jsonl").read_text().splitlines()
        rude, kind = (
            json.loads(line)["attributeScores"]["TOXICITY"]["summaryScore"]["value"]
            for line in scored
        )
        assert kind < 0.5 < rude


def test_the_file_for_wordpress_is_php():
    if shutil.which("php") is None:
        missing("php")
    (code,) = (
        text for language, text in blocks(ROOT / "docs/migrating/wordpress.md") if language == "php"
    )

    ran = subprocess.run(["php", "-l"], input=code, capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0, ran.stdout
    assert code.startswith("<?php\n")


def test_the_plugin_for_discourse_replaces_both_addresses(tmp_path):
    if shutil.which("ruby") is None:
        missing("ruby")
    (code,) = (
        text
        for language, text in blocks(ROOT / "docs/migrating/discourse.md")
        if language == "ruby"
    )
    script = f"""
module DiscoursePerspective
  GOOGLE_API_DOMAIN = "https://elsewhere.example"
end
class Akismet
  class Client
    def initialize(api_key:, base_url:)
      @api_url = "https://#{{api_key}}.elsewhere.example/1.1"
    end
    attr_reader :api_url
  end
end
def after_initialize
  yield
end
{code}
puts DiscoursePerspective::GOOGLE_API_DOMAIN
puts Akismet::Client.new(api_key: "k", base_url: "b").api_url
"""

    ran = subprocess.run(["ruby", "-e", script], capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [
        "https://comments.example",
        "https://comments.example/akismet/k/1.1",
    ]
