"""The visible text of a comment in HTML or plain text."""

import pytest

from moderation.services.compat.coral_text import plain_text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("plain", "plain"),
        ("<div>you <b>idiot</b></div>", "you idiot"),
        ("<div>one</div><div>two</div>", "one\n\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<script>you idiot</script>", "<script>you idiot</script>"),
        ("<!-- you idiot -->", "<!-- you idiot -->"),
        ("<b you idiot>x</b>", "<b you idiot>x"),
        ('<b title="you idiot">x</b>', "x\nyou idiot"),
        ('<a href="https://a.example/" rel="noopener">here</a>', "here\nhttps://a.example/"),
        ('<a href="https://a.example/">https://a.example/</a>', "https://a.example/"),
    ],
)
def test_the_text_is_all_that_a_reader_could_see(body, text):
    assert plain_text(body) == text
