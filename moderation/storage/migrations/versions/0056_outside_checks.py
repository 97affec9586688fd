"""Coral's signing secrets, and a site's own checker with the comments that wait for it

New tables and a nullable column alone, so that the release before goes on working.

Revision ID: 0056
Revises: 0055
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0056'
down_revision = '0055'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
JSON = sa.JSON().with_variant(JSONB(), 'postgresql')
ID = sa.Uuid().with_variant(sa.String(36), 'sqlite')
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column('sites', sa.Column('checker', JSON, nullable=True))
    op.create_table(
        'coral_secrets',
        sa.Column('id', BIG, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('secret', sa.Text(), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_coral_secrets_site_id_sites', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_coral_secrets'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_coral_secrets_site_id', 'coral_secrets', ['site_id'])
    op.create_table(
        'checkers',
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('secret', sa.Text(), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('open_until', MOMENT, nullable=True),
        sa.Column('last_error', sa.String(200), nullable=False),
        sa.Column('day', sa.String(10), nullable=False),
        sa.Column('sent', sa.Integer(), nullable=False),
        sa.Column('skipped_at', MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_checkers_site_id_sites', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('site_id', name='pk_checkers'),
    )
    op.create_table(
        'outside_checks',
        sa.Column('comment_id', ID, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('due_at', MOMENT, nullable=False),
        sa.Column('leased_until', MOMENT, nullable=True),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['comment_id'],
            ['comments.id'],
            name='fk_outside_checks_comment_id_comments',
            ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_outside_checks_site_id_sites', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('comment_id', name='pk_outside_checks'),
    )
    op.create_index('ix_outside_checks_due_at', 'outside_checks', ['due_at'])
    op.create_index('ix_outside_checks_site_id', 'outside_checks', ['site_id'])


def downgrade() -> None:
    op.drop_table('outside_checks')
    op.drop_table('checkers')
    op.drop_table('coral_secrets')
    op.drop_column('sites', 'checker')
