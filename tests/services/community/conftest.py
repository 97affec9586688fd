import pytest
from sqlalchemy import func, select

from moderation.services.comments import vote_counts
from moderation.services.community import votes
from moderation.services.community.votes import Reader
from moderation.services.sites import registry
from moderation.storage.models.comments import Comment
from moderation.storage.models.votes import Vote
from moderation.web.database import db
from moderation.web.state import app_state


@pytest.fixture
def voting(change_site):
    """A site on which readers vote for and against."""
    change_site(settings={"votes": "updown", "hold_first": 0, "thresholds": {"flood": 1.01}})


@pytest.fixture
def vote(app, voting, clock):
    """Vote in a session of one's own, as a request does; safe on any thread."""

    def put(comment_id, value, browser="one browser of a guest", **reader):
        with app.app_context():
            session = db.session()
            try:
                return votes.vote(
                    session,
                    app_state(app).signing,
                    registry.find(session, "news"),
                    comment_id,
                    Reader("192.0.2.1", browser=browser, **reader),
                    value,
                    now=clock.now,
                )
            finally:
                db.session.remove()

    return put


@pytest.fixture
def totals(app):
    """Return the totals of a comment, and those of its rows."""

    def read(comment_id):
        with app.app_context():
            session = db.session()
            comment = session.get(Comment, comment_id)
            rows = dict(
                session.execute(
                    select(Vote.value, func.count())
                    .where(Vote.comment_id == comment_id)
                    .group_by(Vote.value)
                ).all()
            )
            found = (comment.votes_up, comment.votes_down), (rows.get(1, 0), rows.get(-1, 0))
            db.session.remove()
        return found

    return read


@pytest.fixture
def refresh(app, clock):
    """Let the worker show what is due; returns the number of posts."""

    def due():
        with app.app_context():
            count = vote_counts.refresh_due(db.session(), now=clock.now)
            db.session.remove()
        return count

    return due
