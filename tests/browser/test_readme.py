"""The README's commands work as printed."""

import json
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

README = Path(__file__).parents[2] / "README.md"


def test_the_curl_examples_publish_hold_list_and_show_the_queue(service, tmp_path):
    text = README.read_text()
    script = next(b for b in re.findall(r"```bash\n(.*?)```", text, re.DOTALL) if "THREAD=" in b)
    script = script.replace("http://127.0.0.1:8000", service.url)

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=service.data_dir.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ran.returncode == 0, ran.stderr
    decoder, answers, rest = json.JSONDecoder(), [], ran.stdout.strip()
    while rest:
        answer, end = decoder.raw_decode(rest)
        answers.append(answer)
        rest = rest[end:].strip()
    published, held, listed, queue = answers
    assert published["comment"]["status"] == "approved"
    assert held["comment"]["status"] == "held"
    assert [c["id"] for c in listed["comments"]] == [published["comment"]["id"]]
    assert [i["comment"]["id"] for i in queue["items"]] == [held["comment"]["id"]]
    assert queue["items"][0]["reasons"][0]["code"] == "PROFANITY"
