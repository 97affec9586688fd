"""New passwords are long and none of the first guesses; nothing else is asked of them."""

import pytest

from moderation.domain.errors import Invalid
from moderation.services.accounts import password_rules

ABOUT = ["mia", "courier", "The Evening Courier"]


@pytest.mark.parametrize(
    "password",
    [
        "zzzzzzzzzzzz",
        "xyxyxyxyxyxyxy",
        "987654321012",
        "poiuytrewq99",
        "Dragon1234567",
        "W3lcome!2023",
        "trumpet9trumpet9",
        "Baseball-2019",
        "evening-courier-1",
        "mia-mia-2024-mia",
        "Winter2024!!!",
        "qazwsxedc123",
        "ｐａｓｓｗｏｒｄ１２３４",
        "parola_parola1",
    ],
)
def test_a_first_guess_is_refused_with_advice(password):
    with pytest.raises(Invalid, match="easy to guess"):
        password_rules.check(password, about=ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "lantern orbit cellar moth",
        "alllowercaseandnodigits",
        "Zk4-vTq9-wLm2",
        "гроза над озером утром",
        "密码很长很安全不会被猜到的",
        "a courier crossed the frozen lake",
        "x9" * 3 + "kettle violin",
        "p" + "äöü 🌧 many " * 9,
    ],
)
def test_long_passwords_that_are_no_first_guess_are_accepted_with_any_characters(password):
    password_rules.check(password, about=ABOUT)


@pytest.mark.parametrize(
    ("password", "advice"), [("short moth", "at least 12"), ("moth violin " * 11, "at most 128")]
)
def test_a_length_outside_the_bounds_is_named(password, advice):
    with pytest.raises(Invalid, match=advice) as refused:
        password_rules.check(password)

    assert [error.pointer for error in refused.value.errors] == ["#/password"]
