"""When moderators want their mail, and names that they ask for

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


def upgrade() -> None:
    op.add_column('moderators', sa.Column('mail_hour', sa.Integer(), nullable=False, server_default='7'))
    op.add_column('moderators', sa.Column('mail_zone', sa.String(64), nullable=False, server_default='UTC'))
    op.add_column('moderators', sa.Column('name_wish', sa.String(80), nullable=False, server_default=''))


def downgrade() -> None:
    op.drop_column('moderators', 'name_wish')
    op.drop_column('moderators', 'mail_zone')
    op.drop_column('moderators', 'mail_hour')
