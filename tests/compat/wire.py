"""Bytes to and from the compatible endpoints, and what is in every request to them."""

import json
import socket
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JSON = "Content-Type: application/json"
TOXICITY = {"requestedAttributes": {"TOXICITY": {}}}
#: Header lines of clients in their own spelling and order.
AXIOS = (
    "Accept: application/json, text/plain, */*",
    "Content-Type: application/json;charset=utf-8",
    "User-Agent: axios/0.18.1",
)
HTTPLIB2 = (
    "accept: application/json",
    "accept-encoding: gzip, deflate",
    "user-agent: (gzip)",
    "x-goog-api-client: gdcl/2.202.0 gl-python/3.11.7",
    "content-type: application/json",
)
CORAL = (
    "Accept: application/json, text/plain, */*",
    JSON,
    "User-Agent: Coral Perspective/9.11.8",
)


def compact(value) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came over the wire; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class DropIn:
    """A running service with a key for each of the services that it replaces."""

    url: str
    perspective: str
    akismet: str
    openai: str
    facts: dict[str, Any]
    folder: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def send(self, request: bytes) -> Raw:
        """Send exactly these bytes, with `Connection: close` among them, and read the answer."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=20)) as wire:
            wire.sendall(request)
            return read(wire)

    def ask(self, method: str, path: str, *headers: str, body: bytes = b"", host: str = "") -> Raw:
        """Send a request with its headers as they are written."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or self.host}", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "Connection: close"]).encode("latin-1")
        return self.send(head + b"\r\n\r\n" + body)


def read(wire: socket.socket) -> Raw:
    """Read one answer from a connection that the server closes after it."""
    received = b""
    while part := wire.recv(65_536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    assert first.startswith("HTTP/1."), received[:200]
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    assert "chunked" not in headers.get("transfer-encoding", "")
    assert len(body) == int(headers.get("content-length", 0))
    return Raw(int(first.split(" ")[1]), headers, body)


def error_of(answer):
    """Return Google's error and its details by kind; the status is in both places."""
    error = answer.json["error"]
    assert set(answer.json) == {"error"}
    assert error["code"] == answer.status
    assert answer.headers["content-type"].lower().startswith("application/json")
    return error, [each.get("errorType") or each.get("reason") for each in error.get("details", [])]
