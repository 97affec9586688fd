r"""WordPress checks a comment before it stores it, and writes `\'` for `'` until then."""

import pytest
from sqlalchemy import select

from moderation.storage.models.comments import Comment
from tests.conftest import one_store

from .conftest import CALLBACK

TYPED = "It's \"plums\", O'Neil: C:\\temp."


def slashed(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')


@pytest.fixture
def first(ask, change_site):
    """Ask about a comment as WordPress does before it stores it."""
    change_site(settings={"suspect_words": ["plums"]})

    def send(text, **changed):
        sent = {"akismet_comment_nonce": "failed", "callback": CALLBACK, **changed}
        return ask(comment_content=text, **sent)

    return send


@pytest.fixture
def waiting(session):
    def read():
        session.rollback()
        return session.scalars(select(Comment).where(Comment.status == "held")).all()

    return read


def test_a_moderator_reads_what_the_commenter_typed(first, waiting):
    first(slashed(TYPED), comment_author=slashed("Miles O'Brien"))

    (comment,) = waiting()
    assert (comment.text, comment.author_name) == (TYPED, "Miles O'Brien")


@pytest.mark.parametrize(
    ("method", "status"), [("submit-spam", "spam"), ("submit-ham", "approved")]
)
def test_a_report_from_wordpress_database_decides_the_comment(first, ask, session, method, status):
    first(slashed(TYPED))

    ask(method, comment_content=TYPED)

    session.rollback()
    assert session.scalars(select(Comment.status)).all() == [status]


def test_a_comment_that_is_checked_again_from_there_is_recognised(first, waiting):
    first(slashed(TYPED))
    first(TYPED, akismet_comment_nonce=None, recheck_reason="recheck_queue")

    assert len(waiting()) == 1


@one_store
@pytest.mark.parametrize("text", [r"plums: 'a\'b'", "plums: \\d+", "plums \\", "It's 'plums'"])
def test_a_text_that_wordpress_did_not_write_so_is_left_alone(first, waiting, text):
    first(text)

    assert [comment.text for comment in waiting()] == [text]


@one_store
def test_other_clients_text_is_left_alone(first, waiting):
    text = r"They write \'plums\'."
    first(text, akismet_comment_nonce=None)

    assert [comment.text for comment in waiting()] == [text]
