"""The same question, asked several times at once, is one item."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from moderation.storage.models.comments import Comment
from moderation.storage.models.foreign import ForeignComment


def test_concurrent_questions_about_one_comment_make_one_item(hold, session):
    with ThreadPoolExecutor(6) as threads:
        held = list(threads.map(lambda n: hold(guid=f"guid-{n}"), range(6)))

    assert len(set(held)) == 1
    assert len(session.scalars(select(Comment)).all()) == 1
    row = session.scalars(select(ForeignComment)).one()
    assert sorted(row.guids) == [f"guid-{n}" for n in range(6)]
