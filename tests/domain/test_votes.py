"""The places of comments in the orders by votes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.votes import controversy, top_rank, vote_columns, wilson_lower_bound

COUNT = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("up", "down", "bound"),
    # From Evan Miller's "How Not To Sort By Average Rating", and the closed form n / (n + z²).
    [(0, 0, 0.0), (1, 0, 0.2065), (10, 0, 0.7225), (1, 1, 0.0945), (60, 40, 0.5020), (0, 9, 0.0)],
)
def test_the_bound_is_wilsons(up, down, bound):
    assert wilson_lower_bound(up, down) == pytest.approx(bound, abs=5e-5)


def test_many_votes_for_are_better_than_one_and_one_is_better_than_a_dispute():
    ranked = sorted(
        [(1, 0), (100, 1), (3, 3), (5, 5), (2, 40), (40, 20)], key=lambda v: top_rank(*v)
    )

    assert ranked == [(2, 40), (3, 3), (1, 0), (5, 5), (40, 20), (100, 1)]


@given(COUNT, COUNT)
def test_every_rank_fits_the_column_and_keeps_its_side_of_no_votes(up, down):
    rank = top_rank(up, down)

    assert (rank is None) == (up == down == 0)
    assert rank is None or (-(2**31) < rank < 2**31 and (rank > 0) == (up > 0))
    assert vote_columns(up, down)["top_rank"] == rank


@given(st.integers(0, 10**5), st.integers(0, 10**5))
def test_another_vote_for_never_lowers_a_comment_and_one_against_never_raises_it(up, down):
    if up:
        assert top_rank(up + 1, down) >= top_rank(up, down) >= top_rank(up, down + 1)


@given(COUNT, COUNT)
def test_disputes_need_both_sides_and_have_none(up, down):
    heat = controversy(up, down)

    assert (heat is None) == (0 in (up, down))
    assert heat == controversy(down, up)
    assert heat is None or 0 < heat < 2**31


def test_an_even_dispute_of_many_is_the_most_controversial():
    assert controversy(50, 50) > controversy(5, 5) > controversy(50, 2)
