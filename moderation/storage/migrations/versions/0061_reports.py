"""Reports of comments by readers, and the queue of reported comments

New tables alone, so that the release before goes on working.

Revision ID: 0061
Revises: 0060
"""

import sqlalchemy as sa
from alembic import op

revision = '0061'
down_revision = '0060'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Uuid().with_variant(sa.String(36), 'sqlite')
MOMENT = sa.DateTime(timezone=True)
PARTIAL = {
    'ix_comment_reports_due': (['due_at'], 'due_at IS NOT NULL'),
    'ix_comment_reports_addressed': (['created_at'], 'block_key IS NOT NULL'),
    'ix_comment_reports_whole': (['site_id', 'created_at'], 'erased_at IS NULL'),
}


def of(table: str, column: str, owner: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f'{owner}.id'], name=f'fk_{table}_{column}_{owner}', ondelete='CASCADE'
    )


def upgrade() -> None:
    op.create_table(
        'comment_reports',
        sa.Column('id', ID, nullable=False),
        sa.Column('comment_id', ID, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('reporter', sa.String(32), nullable=False),
        sa.Column('signed_in', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('block_key', sa.String(32), nullable=True),
        sa.Column('reason', sa.String(32), nullable=False),
        sa.Column('text', sa.Text(), nullable=False, server_default=''),
        sa.Column('explanation', sa.Text(), nullable=False, server_default=''),
        sa.Column('good_faith', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('name', sa.String(80), nullable=False, server_default=''),
        sa.Column('email', sa.String(254), nullable=True),
        sa.Column('language', sa.String(8), nullable=False, server_default='en'),
        sa.Column('weight', sa.Integer(), nullable=False, server_default='1'),
        sa.Column('revision', sa.Integer(), nullable=False, server_default='1'),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('decided_at', MOMENT, nullable=True),
        sa.Column('outcome', sa.String(16), nullable=True),
        sa.Column('decision_id', ID, nullable=True),
        sa.Column('due_at', MOMENT, nullable=True),
        sa.Column('erased_at', MOMENT, nullable=True),
        of('comment_reports', 'comment_id', 'comments'),
        of('comment_reports', 'site_id', 'sites'),
        sa.PrimaryKeyConstraint('id', name='pk_comment_reports'),
        sa.UniqueConstraint(
            'comment_id', 'reporter', name='uq_comment_reports_comment_id_reporter'
        ),
    )
    op.create_index(
        'ix_comment_reports_by', 'comment_reports', ['site_id', 'reporter', 'created_at']
    )
    op.create_index('ix_comment_reports_decision', 'comment_reports', ['decision_id'])
    for name, (columns, condition) in PARTIAL.items():
        where = sa.text(condition)
        op.create_index(
            name, 'comment_reports', columns, sqlite_where=where, postgresql_where=where
        )
    op.create_table(
        'reported_comments',
        sa.Column('comment_id', ID, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('reporters', sa.Integer(), nullable=False),
        sa.Column('weight', sa.Integer(), nullable=False),
        sa.Column('first_at', MOMENT, nullable=False),
        sa.Column('last_at', MOMENT, nullable=False),
        sa.Column('priority_at', MOMENT, nullable=False),
        of('reported_comments', 'comment_id', 'comments'),
        of('reported_comments', 'site_id', 'sites'),
        sa.PrimaryKeyConstraint('comment_id', name='pk_reported_comments'),
    )
    for name, columns in {
        'ix_reported_comments_priority': ['priority_at', 'comment_id'],
        'ix_reported_comments_first': ['first_at', 'comment_id'],
        'ix_reported_comments_site_id': ['site_id'],
    }.items():
        op.create_index(name, 'reported_comments', columns)


def downgrade() -> None:
    op.drop_table('reported_comments')
    op.drop_table('comment_reports')
