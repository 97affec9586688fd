"""Appeals of authors against decisions

A new table alone, so that the release before goes on working.

Revision ID: 0064
Revises: 0063
"""

import sqlalchemy as sa
from alembic import op

revision = '0064'
down_revision = '0063'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Uuid().with_variant(sa.String(36), 'sqlite')
MOMENT = sa.DateTime(timezone=True)
PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.create_table(
        'appeals',
        sa.Column('id', ID, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('comment_id', ID, nullable=False),
        sa.Column('decision_id', ID, nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('state', sa.String(16), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('decided_at', MOMENT, nullable=True),
        sa.Column('moderator_id', BIG, nullable=True),
        sa.Column('decided_by', sa.String(80), nullable=False),
        sa.Column('note', sa.Text(), nullable=False),
        sa.Column('answer', sa.Text(), nullable=False),
        sa.Column('same_moderator', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('new_decision_id', ID, nullable=True),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_appeals_site_id_sites', ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['comment_id'], ['comments.id'], name='fk_appeals_comment_id_comments',
            ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['decision_id'], ['decisions.id'], name='fk_appeals_decision_id_decisions',
            ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['moderator_id'], ['moderators.id'], name='fk_appeals_moderator_id_moderators',
            ondelete='SET NULL',
        ),
        sa.ForeignKeyConstraint(
            ['new_decision_id'], ['decisions.id'], name='fk_appeals_new_decision_id_decisions',
            ondelete='SET NULL',
        ),
        sa.PrimaryKeyConstraint('id', name='pk_appeals'),
        sa.UniqueConstraint('decision_id', name='uq_appeals_decision_id'),
    )
    op.create_index('ix_appeals_comment_id', 'appeals', ['comment_id'])
    op.create_index(
        'ix_appeals_pending', 'appeals', ['created_at', 'id', 'site_id'],
        sqlite_where=PENDING, postgresql_where=PENDING,
    )
    op.create_index('ix_appeals_site', 'appeals', ['site_id', 'created_at', 'id'])


def downgrade() -> None:
    op.drop_table('appeals')
