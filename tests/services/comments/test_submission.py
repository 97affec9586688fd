"""What holds of a submission for every caller."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.services.comments import threads
from moderation.services.comments.idempotency import RequestKey
from moderation.services.comments.requests import Sender, Submission
from moderation.services.comments.submission import submit
from moderation.services.sites import registry
from moderation.storage.models.comments import Comment
from moderation.web.state import app_state


@pytest.mark.parametrize("repeated", [RequestKey("form", "body"), RequestKey(alike=True)])
def test_a_session_that_began_before_the_first_answer_can_read_the_repeated_comment(
    app, site, session, clock, repeated
):
    runtime, news = app_state(app).signing, registry.find(session, "news")
    remark, sender = Submission("A remark.", "Ada"), Sender("192.0.2.1")

    def send(by, key):
        return submit(by, runtime, news, "story", remark, sender, now=clock.now, repeatable=key)

    with Session(session.get_bind(), expire_on_commit=False) as early:
        early.scalar(select(func.count()).select_from(Comment))
        first = send(session, RequestKey("form", "body"))

        again = send(early, repeated)

        assert again.comment.id == first.comment.id
        assert threads.post_of(early, again.comment.id) == "story"
