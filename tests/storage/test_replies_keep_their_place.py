"""The migration that shows published replies below comments that were removed before it."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from moderation.services.comments.requests import Sender, Submission
from moderation.services.comments.submission import submit
from moderation.services.operations.integrity import verify
from moderation.services.sites import registry
from moderation.web.state import app_state

MIGRATION = "moderation.storage.migrations.versions.0047_replies_keep_their_place"
NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture
def write(app, site, session):
    """Publish a comment of the thread; returns its id."""

    def made(words, parent=None):
        found = registry.find(session, "news")
        given = Submission(f"{words} on the square today.", "Ada", parent_id=parent)
        receipt = submit(session, app_state(app).signing, found, "story", given, Sender(), now=NOW)
        return receipt.comment.id

    return made


def migrate(session):
    """Run the migration's statements on a store that is at its revision already."""
    module = import_module(MIGRATION)
    with Operations.context(MigrationContext.configure(session.connection())):
        module.upgrade()
    session.commit()


def test_replies_that_an_earlier_release_hid_are_shown_and_counted(
    session, client, write, change_site
):
    change_site(settings={"thresholds": {"flood": 1.01}})
    top = write("A dog was")
    middle = write("A cat was", top)
    low = write("A bird was", middle)
    alone = write("A fox was")
    # As the release before left it when a moderator rejected the two topmost, and the fox.
    ids = {"top": str(top), "middle": str(middle), "low": str(low), "alone": str(alone)}
    if session.get_bind().dialect.name == "postgresql":
        ids = {"top": top, "middle": middle, "low": low, "alone": alone}
    old = (
        "UPDATE comments SET status = 'rejected', listing = 'hidden', reply_count = 0,"
        " featured_at = created_at WHERE id IN (:top, :middle, :alone)",
        "UPDATE comments SET listing = 'hidden' WHERE id = :low",
        "UPDATE posts SET comment_count = 0",
    )
    for statement in old:
        wanted = {name: id for name, id in ids.items() if f":{name}" in statement}
        session.execute(text(statement), wanted)
    decided = text("UPDATE decisions SET status = 'rejected' WHERE comment_id <> :low")
    session.execute(decided, {"low": ids["low"]})
    session.commit()

    migrate(session)

    page = client.get("/api/v1/sites/news/posts/story/comments").get_json()
    (place,) = page["comments"]
    assert (place["id"], place["removal"]) == (str(top), "moderator")
    assert place["replies"][0]["removal"] == "moderator"
    assert place["replies"][0]["replies"][0]["id"] == str(low)
    assert page["post"]["count"] == 1
    left = session.scalar(text("SELECT count(*) FROM comments WHERE featured_at IS NOT NULL"))
    assert left == 0
    assert not [f.check for f in verify(session, now=NOW) if f.wrong]
