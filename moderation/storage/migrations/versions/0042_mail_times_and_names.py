"""When moderators want their mail, names that they ask for, and an index of what began to wait

Everything is added with a default, so that the release before goes on working.

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None

# Few decisions hold, so that the others pay nothing for it.
HELD = sa.text("status = 'held'")


def upgrade() -> None:
    op.add_column('moderators', sa.Column('mail_hour', sa.Integer(), nullable=False, server_default='7'))
    op.add_column('moderators', sa.Column('mail_zone', sa.String(64), nullable=False, server_default='UTC'))
    op.add_column('moderators', sa.Column('name_wish', sa.String(80), nullable=False, server_default=''))
    op.create_index('ix_decisions_held', 'decisions', ['created_at', 'id'],
                    sqlite_where=HELD, postgresql_where=HELD)


def downgrade() -> None:
    op.drop_index('ix_decisions_held', 'decisions')
    op.drop_column('moderators', 'name_wish')
    op.drop_column('moderators', 'mail_zone')
    op.drop_column('moderators', 'mail_hour')
