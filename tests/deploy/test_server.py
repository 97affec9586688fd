"""docs/deploy.md works as printed: the steps, the unit and nginx's block."""

import configparser
import http.server
import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from moderation.config import SETTINGS, variable_of
from tests.conftest import missing
from tests.deploy.machine import copy_to, nobody, python
from tests.nodes import free_port

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "docs" / "deploy.md").read_text().partition("## A server")[2]
SECTION = SECTION.partition("\n## ")[0]


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", SECTION)


INSTALL, START = (block.strip().splitlines() for block in blocks("bash"))
ENVIRONMENT, UNIT = blocks("ini")
(NGINX,) = blocks("nginx")
#: A body of the kind that only the settings of a site may have.
LARGE = 2 * 1024 * 1024


@pytest.fixture
def service() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read_string(UNIT)
    return parser["Service"]


# The unit and its environment


def test_the_unit_makes_the_only_folder_that_the_service_writes_to(service):
    data_dir = re.search(r"(?m)^MODERATION_DATA_DIR=(.*)$", ENVIRONMENT)

    assert data_dir is not None
    assert Path(data_dir[1]).is_relative_to(f"/var/lib/{service['StateDirectory']}")
    assert service["ProtectSystem"] == "strict"
    # A folder that is named here and not there keeps the unit from starting.
    assert "ReadWritePaths" not in service
    assert (service["StateDirectoryMode"], service["UMask"]) == ("0700", "0077")
    assert int(service["LimitNOFILE"]) >= 65536


def test_the_environment_is_read_alike_by_systemd_and_a_shell():
    for line in ENVIRONMENT.splitlines():
        name, equals, value = line.partition("=")
        if not line.startswith("#"):
            assert equals
            assert name in {variable_of(setting) for setting in SETTINGS}
            # A comment after a value is part of the value for systemd.
            assert not re.search(r"[\s#'\"$]", value), line


def test_systemd_understands_every_line_of_the_unit(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip(reason="systemd-analyze is not there; the other tests read the unit")
    unit = tmp_path / "moderation.service"
    unit.write_text(UNIT.replace("/usr/local/bin/moderation", "/bin/true"))

    output = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )

    assert "moderation.service" not in output.stdout + output.stderr


# nginx


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the request's line, and notes its headers."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append(dict(self.headers))
        body = self.requestline.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PATCH = do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy(place) -> Iterator[int]:
    """Run the documented block with a certificate made here; returns its port."""
    for program in ("nginx", "openssl", "curl"):
        if shutil.which(program) is None:
            missing(program)
    port, upstream = free_port(), http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    key, certificate = place / "key.pem", place / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=comments.news.example", "-days", "2"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    block = re.sub(r"(ssl_certificate +).*;", rf"\1{certificate};", NGINX)
    block = re.sub(r"(ssl_certificate_key +).*;", rf"\1{key};", block)
    block = block.replace("[::]:443", f"[::1]:{port}").replace("443", f"127.0.0.1:{port}", 1)
    if not has_ipv6():
        block = re.sub(r"(?m)^ *listen \[.*\n", "", block)
    block = block.replace("127.0.0.1:8000", f"127.0.0.1:{upstream.server_port}")
    temporary = "".join(
        f"{kind}_temp_path {place}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (place / "nginx.conf").write_text(
        f"{user}\npid {place}/pid;\nerror_log {place}/error.log;\nevents {{}}\n"
        f"http {{\n{temporary}access_log off;\n{block}\n}}\n"
    )
    nginx = ["nginx", "-p", place, "-e", place / "error.log", "-c", place / "nginx.conf"]
    tested = subprocess.run([*nginx, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    answering = threading.Thread(target=upstream.serve_forever)
    answering.start()
    # It returns when its sockets are open.
    subprocess.run(nginx, check=True, capture_output=True)
    try:
        yield port
    finally:
        subprocess.run([*nginx, "-s", "stop"], check=False, capture_output=True)
        upstream.shutdown()
        answering.join()
        upstream.server_close()


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def ask(port: int, path: str, *options: str, body: bytes = b"") -> tuple[int, str, str]:
    """Return the status, the headers and the body of the answer to a request over HTTP/2."""
    output = subprocess.run(
        [
            *("curl", "-sk", "--http2", "--path-as-is", "-D", "-", *options),
            *(("--data-binary", "@-") if body else ()),
            *("--resolve", f"comments.news.example:{port}:127.0.0.1"),
            f"https://comments.news.example:{port}{path}",
        ],
        input=body,
        capture_output=True,
        check=True,
    ).stdout.decode()
    head, _, rest = output.partition("\r\n\r\n")
    return int(head.split()[1]), head, rest


def test_nginx_passes_requests_on_unchanged_over_http2(proxy):
    path = "/api/v1/sites/news/posts/%2F2026%2F%2Fa/comments?limit=5&after=a%2Fb"

    status, head, line = ask(proxy, path)

    assert (status, line) == (200, f"GET {path} HTTP/1.1")
    assert head.startswith("HTTP/2 ")
    assert "strict-transport-security: max-age=" in head
    assert ask(proxy, "/posts//a//b")[2] == "GET /posts//a//b HTTP/1.1"
    assert Echo.seen[-1]["X-Forwarded-Proto"] == "https"
    assert Echo.seen[-1]["X-Forwarded-For"] == "127.0.0.1"
    assert Echo.seen[-1]["Host"] == "comments.news.example"


def test_nginx_admits_word_lists_where_settings_are_and_nothing_large_elsewhere(proxy):
    settings = "/api/v1/review/sites/news/settings"

    assert ask(proxy, settings, "-X", "PATCH", body=b"w" * LARGE)[0] == 200
    assert Echo.seen[-1]["X-Forwarded-Proto"] == "https"
    assert ask(proxy, "/api/v1/sites/news/posts/a/comments", body=b"w" * LARGE)[0] == 413
    assert ask(proxy, "/api/v1/sites/news/posts/a/comments", body=b"w" * 65536)[0] == 200


# The steps


@pytest.mark.xdist_group("chaos")
def test_the_steps_install_a_service_that_runs_as_another_user(place, service):
    """Take the printed steps with paths below `place`; the machine's own are left out."""
    user, state, release = nobody(), place / "var/lib/moderation", place / "release"
    for folder in (place / "opt", place / "usr/local/bin", state):
        folder.mkdir(parents=True)
    release.mkdir()
    copy_to(ROOT / "moderation", release / "moderation", whole=True)
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.lock"):
        copy_to(ROOT / name, release, whole=False)
    copy_to(ROOT / "docs" / "licences.md", release / "docs", whole=False)

    def here(word: str) -> str:
        return str(place) + word if word.startswith(("/opt", "/usr/local", "/var/lib")) else word

    environment = {"PATH": f"{place}/usr/local/bin:/usr/bin:/bin"}
    for line in INSTALL:
        words = [here(word) for word in shlex.split(line)]
        if words[0] in ("apt-get", "useradd", "umask"):
            continue
        if words[0] == "python3":
            words[0] = python()
        ran = subprocess.run(words, cwd=release, capture_output=True, text=True, check=False)
        if "Could not find a version" in ran.stderr or "ConnectionError" in ran.stderr:
            missing("a package index")
        assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
    shutil.rmtree(release)
    state.chmod(int(service["StateDirectoryMode"], 8))
    if user:
        os.chown(state, user["user"], user["group"])
    for line in ENVIRONMENT.splitlines():
        name, _, value = line.partition("=")
        if not name.startswith("#"):
            environment[name] = here(value)
    environment["MODERATION_SECRET_KEY"] = "a key for tests that is long enough"

    commands = [service["ExecStartPre"], *(line for line in START if "runuser" in line)]
    for line in commands:
        words = [here(word) for word in shlex.split(line.partition(" -- ")[2] or line)]
        ran = subprocess.run(
            words,
            cwd="/",
            env=environment,
            umask=int(service["UMask"], 8),
            input="a long enough password\n" * 2,
            capture_output=True,
            text=True,
            check=False,
            **user,
        )
        assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"

    made = list(state.rglob("*"))
    assert "moderation.sqlite3" in {path.name for path in made}
    for path in made:
        assert path.stat().st_uid == state.stat().st_uid, path
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    listed = subprocess.run(
        [place / "usr/local/bin/moderation", "site", "list"],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        **user,
    )
    assert "https://news.example" in listed.stdout
