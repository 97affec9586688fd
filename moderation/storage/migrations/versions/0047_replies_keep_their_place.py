"""Replies below removed comments keep their place; what is gone is not featured

Changes rows alone, and only to what the release before serves as well: it knows places without
text, and shows what is listed.

Revision ID: 0047
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None

#: Published comments that were hidden with a comment above them.
SHOW = "UPDATE comments SET listing = 'shown' WHERE status = 'approved' AND listing = 'hidden'"
#: One level up in each round.
PLACES = """
UPDATE comments SET listing = 'tombstone' WHERE listing = 'hidden' AND status <> 'approved'
AND EXISTS (SELECT 1 FROM comments c WHERE c.parent_id = comments.id AND c.listing <> 'hidden')
"""
REPLIES = """
UPDATE comments SET reply_count = (
    SELECT count(*) FROM comments c WHERE c.parent_id = comments.id AND c.listing <> 'hidden'
) WHERE id IN (SELECT parent_id FROM comments WHERE parent_id IS NOT NULL) AND reply_count <> (
    SELECT count(*) FROM comments c WHERE c.parent_id = comments.id AND c.listing <> 'hidden'
)
"""
COUNTS = """
UPDATE posts SET version = version + 1, comment_count = (
    SELECT count(*) FROM comments c WHERE c.post_id = posts.id AND c.listing = 'shown'
) WHERE comment_count <> (
    SELECT count(*) FROM comments c WHERE c.post_id = posts.id AND c.listing = 'shown'
)
"""
UNFEATURE = """
UPDATE comments SET featured_at = NULL WHERE featured_at IS NOT NULL AND listing <> 'shown'
"""
#: Of more than three on one post those that were featured last stay.
KEEP_THREE = """
UPDATE comments SET featured_at = NULL WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY post_id ORDER BY featured_at DESC, id DESC
        ) AS place FROM comments WHERE featured_at IS NOT NULL
    ) AS ranked WHERE place > 3
)
"""


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == 'postgresql':
        # The writer of a comment locks its post first: so no two transactions wait for each other.
        op.execute('LOCK TABLE posts, comments IN EXCLUSIVE MODE')
    op.execute(UNFEATURE)
    op.execute(KEEP_THREE)
    hidden = sa.text("SELECT 1 FROM comments WHERE status = 'approved' AND listing = 'hidden' LIMIT 1")
    if connection.execute(hidden).first() is None:
        return
    op.execute(SHOW)
    while connection.execute(sa.text(PLACES)).rowcount:
        pass
    op.execute(REPLIES)
    op.execute(COUNTS)
    if connection.dialect.name == 'postgresql':
        # Nodes of the release before hear that what they keep is old.
        op.execute("SELECT pg_notify('moderation_visible', 'migration')")


def downgrade() -> None:
    """Leave the rows: the release before shows them as they are."""
