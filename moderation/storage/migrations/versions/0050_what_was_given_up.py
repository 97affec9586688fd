"""Indexes of webhooks and mail that were given up

Nothing but indexes, so that the release before goes on working.

Revision ID: 0050
Revises: 0049
"""

import sqlalchemy as sa
from alembic import op

from moderation.storage.migrations.indexes import create_indexes

revision = '0050'
down_revision = '0049'
branch_labels = None
depends_on = None

FAILED = sa.text("state = 'failed'")


def upgrade() -> None:
    create_indexes('outbox', {'ix_outbox_failed': ['site_id', 'finished_at']}, FAILED)
    create_indexes('mails', {'ix_mails_failed': ['moderator_id', 'finished_at']}, FAILED)


def downgrade() -> None:
    op.drop_index('ix_mails_failed', 'mails')
    op.drop_index('ix_outbox_failed', 'outbox')
