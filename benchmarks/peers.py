"""Other libraries, each in a process of its own, for comparison text by text.

Run by the interpreter that has the library (`python peers.py NAME`), this reads and writes JSON
lines: a text in, its flag and the seconds of one core out. It imports nothing of ours, so that
any environment can run it.
"""

import importlib
import json
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

NODE = Path(__file__).with_name("obscenity.mjs")
PYTHON = {
    "better-profanity": ("better_profanity", lambda m: m.profanity.contains_profanity),
    "glin-profanity": ("glin_profanity", lambda m: m.Filter().is_profane),
    "alt-profanity-check": ("profanity_check", lambda m: lambda t: bool(m.predict([t])[0])),
}


class Peer:
    """A library that runs in its own process."""

    def __init__(self, name: str, command: list[str], folder: Path | None = None) -> None:
        self.name = name
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
        )
        self.version = json.loads(self._process.stdout.readline() or "null")

    def judge(self, text: str) -> tuple[bool, float]:
        """Return whether the text is flagged, and the seconds that this took."""
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        flagged, seconds = json.loads(self._process.stdout.readline())
        return flagged, seconds

    def __call__(self, text: str) -> bool:
        return self.judge(text)[0]


def found(python: str | None, obscenity: str | None) -> list[Peer]:
    """Return the libraries that the given environments have; print those that are missing."""
    wanted = [("better-profanity", sys.executable)]
    if python:
        wanted += [(name, python) for name in PYTHON if name != "better-profanity"]
    peers = [Peer(name, [path, __file__, name]) for name, path in wanted]
    if obscenity:
        peers.append(Peer("obscenity", ["node", str(NODE), obscenity]))
    for peer in peers:
        if peer.version is None:
            print(f"skipped {peer.name}: it does not start", file=sys.stderr)
    return [peer for peer in peers if peer.version is not None]


def main(name: str) -> None:
    """Judge one text per line until standard input ends."""
    module, make = PYTHON[name]
    flags = make(importlib.import_module(module))
    sys.stdout.write(json.dumps(version(name)) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        text = json.loads(line)
        started = time.process_time()
        flagged = bool(flags(text))
        taken = time.process_time() - started
        sys.stdout.write(json.dumps([flagged, taken]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
