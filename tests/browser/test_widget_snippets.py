"""The snippets of docs/embedding.md, taken from the page, built and run.

The frameworks come from npm at exactly these versions, and their dependencies as they were on that
day; their Node comes along, since neither runs on the one that every system has.
"""

import mimetypes
import os
import platform
import re
import shutil
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, give_name
from tests.conftest import missing

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("npm")]

NODE = f"node-{sys.platform}-{'arm64' if platform.machine() in ('arm64', 'aarch64') else 'x64'}"
PACKAGES = (
    f"{NODE}@24.4.1",
    "astro@7.3.5",
    "react@19.3.1",
    "react-dom@19.3.1",
    "vite@8.3.8",
)
AS_OF = "2026-11-20"


def snippets(language):
    """The blocks of one language in the page, in their order."""
    page = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


@pytest.fixture
def pasted(service):
    """A snippet with this service and its site in place of the example's."""

    def paste(snippet):
        ours = snippet.replace("https://comments.example", service.url)
        assert ours != snippet
        return ours.replace('site="news"', f'site="{service.facts["site"]}"')

    return paste


@pytest.fixture
def publish(service, page):
    """Answer for a folder under the site's origin, and open it."""
    page.set_default_timeout(8000)
    origin = "://".join(urlsplit(service.facts["article"])[:2])
    # Pages that the test answers for have no address, and Chromium would ask the reader first.
    page.context.grant_permissions(["local-network-access"], origin=origin)

    def visit(folder):
        def answer(route):
            path = urlsplit(route.request.url).path
            file = folder / (path.lstrip("/") or "index.html")
            if not file.is_file():
                route.fulfill(status=404)
                return
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(body=file.read_bytes(), content_type=kind)

        page.route(f"{origin}/**", answer)
        page.goto(f"{origin}/")
        return page.locator("comment-thread")

    return visit


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """A folder in which the frameworks are installed."""
    npm = shutil.which("npm")
    if npm is None:
        missing("npm")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
    ran = subprocess.run(
        [str(npm), "install", "--save-exact", f"--before={AS_OF}", *options, *PACKAGES],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if ran.returncode:
        pytest.fail(f"npm could not install {', '.join(PACKAGES)}:\n{ran.stderr[-2000:]}")
    return folder


@pytest.fixture
def build(packages, tmp_path):
    """Write a project's files and build them; returns the folder to publish."""

    def run(script, *arguments, files):
        project = tmp_path / "project"
        for name, text in files.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text, encoding="utf-8")
        (project / "node_modules").symlink_to(packages / "node_modules")
        modules = project / "node_modules"
        ran = subprocess.run(
            [str(modules / NODE / "bin" / "node"), str(modules / script), *arguments],
            cwd=project,
            env={**os.environ, "ASTRO_TELEMETRY_DISABLED": "1", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
        return project / "dist"

    return run


def reads_and_writes(thread, service):
    """Read the thread as a reader, and post a comment."""
    thread.scroll_into_view_if_needed()
    expect(thread.locator("article")).to_contain_text("The roof leaks in eleven places.")
    form = thread.locator("form")
    form.get_by_role("textbox").first.fill("Twelve, since Thursday.")
    give_name(form, "Ada")
    form.get_by_role("button", name="Post comment").click()
    expect(thread.get_by_role("heading")).to_have_text("2 comments")
    counted = service.call("/sites/demo/counts?post=market-hall")["counts"]
    assert counted == {"market-hall": 2}


PLAIN, ELEMENT = range(2)


@pytest.mark.parametrize("which", [PLAIN, ELEMENT], ids=["plain", "element"])
def test_a_plain_page_reads_and_writes(service, pasted, publish, tmp_path, which):
    service.comment("The roof leaks in eleven places.", name="Wren")
    body = pasted(snippets("html")[which])
    (tmp_path / "index.html").write_text(f"<!doctype html><title>Hall</title><body>{body}")

    reads_and_writes(publish(tmp_path), service)


def test_a_badge_counts(service, pasted, publish, page, tmp_path):
    service.comment("The roof leaks in eleven places.", name="Wren")
    (badge,) = [each for each in snippets("html") if "data-comment-count" in each]
    body = pasted(badge)
    (tmp_path / "index.html").write_text(f"<!doctype html><title>Hall</title><body>{body}")

    publish(tmp_path)

    expect(page.get_by_role("link")).to_have_text("1 comment")


def test_the_react_component_reads_and_writes(service, pasted, publish, build):
    service.comment("The roof leaks in eleven places.", name="Wren")
    (component,) = snippets("jsx")

    site = build(
        "vite/bin/vite.js",
        "build",
        files={
            "package.json": '{"private": true, "type": "module"}',
            "index.html": '<!doctype html><title>Hall</title><div id="root"></div>'
            '<script type="module" src="/main.jsx"></script>',
            "comments.jsx": pasted(component),
            "main.jsx": 'import { createRoot } from "react-dom/client"\n'
            'import { Comments } from "./comments.jsx"\n'
            'createRoot(document.getElementById("root")).render(<Comments post="market-hall" />)\n',
        },
    )

    reads_and_writes(publish(site), service)


def test_the_astro_component_reads_and_writes(service, pasted, publish, build):
    service.comment("The roof leaks in eleven places.", name="Wren")
    (component,) = snippets("astro")

    site = build(
        "astro/bin/astro.mjs",
        "build",
        files={
            "package.json": '{"private": true, "type": "module"}',
            "src/components/Comments.astro": pasted(component),
            "src/pages/index.astro": "---\n"
            'import Comments from "../components/Comments.astro"\n'
            "---\n"
            "<!doctype html><html><head><title>Hall</title></head>\n"
            '<body><Comments post="market-hall" /></body></html>\n',
        },
    )

    reads_and_writes(publish(site), service)
