"""JSON of foreign clients is strict, except for half an emoji."""

import pytest

from moderation.web.compat.json_bodies import loads


def test_half_of_a_surrogate_pair_is_replaced():
    assert loads(b'{"a": ["x\\ud83d", "\\ud83d\\ude00"], "\\ude00": 1}') == {
        "a": ["x\N{REPLACEMENT CHARACTER}", "\N{GRINNING FACE}"],
        "\N{REPLACEMENT CHARACTER}": 1,
    }


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a": NaN}', b"\xff", '{"a": "\\ud83d"}'.encode("utf-16"), b"[" * 60_000],
    ids=range(6),
)
def test_what_is_no_json_is_refused(body):
    with pytest.raises(ValueError):  # noqa: PT011 (of either library)
        loads(body)
