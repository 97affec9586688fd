"""What `make run` prints works as it is printed."""

import json
import subprocess


def greeting(drop_in) -> str:
    return (drop_in.folder / "service.log").read_text(encoding="utf-8")


def test_the_demonstration_prints_a_key_for_each_service(drop_in):
    printed = greeting(drop_in)

    for key in (drop_in.perspective, drop_in.akismet, drop_in.openai):
        # An Akismet key has 12 characters, the only length that WordPress takes.
        assert len(key) >= (12 if key == drop_in.akismet else 32)
        assert key in printed


def test_the_printed_curl_scores_a_text(drop_in):
    (curl,) = (line for line in greeting(drop_in).splitlines() if line.startswith("  curl "))

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", curl], capture_output=True, text=True, timeout=30
    )

    assert ran.returncode == 0, ran.stderr
    scores = json.loads(ran.stdout)["attributeScores"]
    assert scores["TOXICITY"]["summaryScore"]["value"] > 0.5
