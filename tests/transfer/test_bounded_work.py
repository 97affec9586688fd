"""What an import may cost: the conversion of one text, and what a killed import leaves behind."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from moderation.services.transfer import html_markdown, html_parts, work_folders
from moderation.services.transfer.html_markdown import LONGEST_TEXT, TooLong, convert


def steps(markup):
    """Count the lines of the converter that run; rendering is counted by its input elsewhere."""
    files = {html_markdown.__file__, html_parts.__file__}
    count = 0

    def line(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return line

    def call(frame, _event, _argument):
        return line if frame.f_code.co_filename in files else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        convert(markup, lines=False)
    finally:
        sys.settrace(before)
    return count


def test_a_run_of_backticks_costs_no_step_for_each():
    few, many = (steps(f"<code>a{'`' * n}a</code>") for n in (500, 5000))

    assert many == few


@pytest.mark.parametrize(
    "unit",
    [
        "<svg>x",
        "<b>x</b> ",
        "<a href='https://a.example/'>t</a> ",
        "<code>`</code> ",
        "a<br>",
        "<ul><li>a",
    ],
)
def test_the_steps_of_a_conversion_grow_no_faster_than_its_text(unit):
    assert steps(unit * 400) <= 2.2 * steps(unit * 200)


def test_a_tag_that_closes_nothing_does_not_walk_through_those_that_are_open(monkeypatch):
    """Dropped tags may be open in any number."""

    class Counted(list):
        looked = 0

        def __contains__(self, tag):
            Counted.looked += len(self)
            return super().__contains__(tag)

    begin = html_parts._Reader.__init__

    def counted(self, *, lines):
        begin(self, lines=lines)
        self._open = Counted()

    monkeypatch.setattr(html_parts._Reader, "__init__", counted)
    convert("<svg>" * 500 + "</b>" * 500, lines=False)

    assert Counted.looked <= 1000


def test_a_text_that_would_become_too_long_is_refused_before_it_is_rendered(monkeypatch):
    rendered = []
    monkeypatch.setattr(
        html_markdown, "render", lambda text: rendered.append(len(text)) or "<p>x</p>"
    )

    with pytest.raises(TooLong):
        convert("<blockquote>" * 39 + "a<br>" * 5000, lines=False)
    with pytest.raises(TooLong):
        convert(f"<b>{'x' * (LONGEST_TEXT + 1)}</b>", lines=False)

    assert rendered == []


def test_folders_of_killed_imports_are_removed_at_the_next_start(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import sys\n"
        "from moderation.services.transfer.work_folders import work_folder\n"
        "with work_folder() as folder:\n"
        "    print(folder, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    folder = Path(running.stdout.readline().decode().strip())
    of_old_release = tmp_path / "moderation-import-old"
    of_others = tmp_path / "something-else"
    of_old_release.mkdir()
    of_others.mkdir()
    yesterday = time.time() - 2 * 24 * 3600
    os.utime(of_old_release, (yesterday, yesterday))

    with work_folders.work_folder() as beside:
        # One that runs is left alone.
        assert folder.exists()
        assert not of_old_release.exists()
        running.kill()
        running.communicate()
        assert beside.exists()
    with work_folders.work_folder():
        assert not folder.exists()

    assert list(tmp_path.iterdir()) == [of_others]
