"""The comments that were imported from other systems

A new table alone, so that the release before goes on working.

Revision ID: 0065
Revises: 0064
"""

import sqlalchemy as sa
from alembic import op

revision = '0065'
down_revision = '0064'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.String(36).with_variant(sa.Uuid(), 'postgresql')
MOMENT = sa.DateTime(timezone=True)
UNJUDGED = sa.text('NOT judged')


def refers(table: str, column: str, other: str, then: str = 'CASCADE') -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f'{other}.id'], name=f'fk_{table}_{column}_{other}', ondelete=then
    )


def upgrade() -> None:
    op.create_table(
        'imported_comments',
        sa.Column('id', BIG, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('source', sa.String(16), nullable=False),
        sa.Column('foreign_id', sa.String(80), nullable=False),
        sa.Column('written_at', MOMENT, nullable=False),
        sa.Column('comment_id', ID, nullable=True),
        sa.Column('digest', sa.LargeBinary(16), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('votes_up', sa.Integer(), nullable=False),
        sa.Column('votes_down', sa.Integer(), nullable=False),
        sa.Column('judged', sa.Boolean(), nullable=False),
        refers('imported_comments', 'site_id', 'sites'),
        refers('imported_comments', 'comment_id', 'comments', 'SET NULL'),
        sa.PrimaryKeyConstraint('id', name='pk_imported_comments'),
        sa.UniqueConstraint(
            'site_id',
            'source',
            'foreign_id',
            'written_at',
            name='uq_imported_comments_site_id_source_foreign_id_written_at',
        ),
    )
    op.create_index('ix_imported_comments_comment_id', 'imported_comments', ['comment_id'])
    op.create_index(
        'ix_imported_comments_unjudged',
        'imported_comments',
        ['site_id', 'id'],
        sqlite_where=UNJUDGED,
        postgresql_where=UNJUDGED,
    )


def downgrade() -> None:
    op.drop_table('imported_comments')
