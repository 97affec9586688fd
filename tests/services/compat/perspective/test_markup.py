"""HTML comments are judged by their text, with places in the HTML as sent."""

import pytest

from moderation.services.compat.perspective.markup import strip

TEXTS = {
    "plain": "plain",
    "<b>you</b> idiot": "you idiot",
    "a &amp; b &lt;c&gt; &nope; & d": "a & b <c> &nope; & d",
    "<p>One.</p><p>Two.</p>": "\nOne.\n\nTwo.\n",
    "<script>evil()</script>kind": "kind",
    "<style>p{}</style>kind": "kind",
    "<script>never closed": "",
    "a<!-- hidden <b> -->b": "ab",
    "a<!-- never closed": "a",
    "1 < 2 and <3": "1 < 2 and <3",
    '<a href="https://x.example/?a=1&b=2">link</a>': "link",
    "<!DOCTYPE html>text<?php x ?>": "text",
    "x<br/>y": "x\ny",
}


@pytest.mark.parametrize("source", TEXTS)
def test_markup_is_no_text(source):
    assert strip(source).text == TEXTS[source]


def test_places_are_those_of_the_html():
    source = "<p>Kind. <b>You</b> &eacute; idiot</p>"
    found = strip(source)

    begin = found.text.index("You")
    end = found.text.index("idiot") + len("idiot")

    assert source[slice(*found.span((begin, end)))] == "You</b> &eacute; idiot"
    assert found.span((0, 0)) == (0, 0)
    assert source[slice(*found.span((found.text.index("é"), found.text.index("é") + 1)))] == (
        "&eacute;"
    )


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "&", "&#", "<script>", "</", "<a b='"])
def test_hostile_markup_is_read_in_linear_time(piece):
    found = strip((piece * 20_480)[:20_480])

    assert len(found.begins) == len(found.ends) == len(found.text)
