"""Comments of foreign platforms

A column with a default and new tables, so that the release before goes on working. Posts of
foreign platforms are in the state `removed`, so that it hides them as well.

Revision ID: 0054
Revises: 0053
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0054'
down_revision = '0053'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Uuid().with_variant(sa.String(36), 'sqlite')
JSON = sa.JSON().with_variant(JSONB(), 'postgresql')
MOMENT = sa.DateTime(timezone=True)
COUNTED = ('api_calls', 'spam', 'ham', 'missed_spam', 'false_positives')


def of_site(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['site_id'], ['sites.id'], name=f'fk_{table}_site_id_sites', ondelete='CASCADE'
    )


def upgrade() -> None:
    op.add_column('posts', sa.Column('origin', sa.String(16), nullable=True))
    op.create_table(
        'foreign_comments',
        sa.Column('comment_id', ID, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('fingerprint', sa.String(64), nullable=False),
        sa.Column('guids', JSON, nullable=False),
        sa.Column('callback', sa.Text(), nullable=True),
        sa.Column('key_name', sa.String(16), nullable=False, server_default=''),
        sa.Column('details', JSON, nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['comment_id'],
            ['comments.id'],
            name='fk_foreign_comments_comment_id_comments',
            ondelete='CASCADE',
        ),
        of_site('foreign_comments'),
        sa.PrimaryKeyConstraint('comment_id', name='pk_foreign_comments'),
        sa.UniqueConstraint(
            'site_id', 'fingerprint', name='uq_foreign_comments_site_id_fingerprint'
        ),
    )
    op.create_table(
        'foreign_checks',
        sa.Column('id', BIG, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('author_key', sa.String(32), nullable=True),
        sa.Column('address_key', sa.String(32), nullable=True),
        sa.Column('text_key', BIG, nullable=True),
        sa.Column('fingerprint', sa.String(64), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        of_site('foreign_checks'),
        sa.PrimaryKeyConstraint('id', name='pk_foreign_checks'),
    )
    for key in ('author_key', 'address_key', 'text_key'):
        op.create_index(
            f'ix_foreign_checks_site_id_{key}', 'foreign_checks', ['site_id', key, 'created_at']
        )
    op.create_index('ix_foreign_checks_created_at', 'foreign_checks', ['created_at'])
    op.create_table(
        'akismet_usage',
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('month', sa.String(7), nullable=False),
        sa.Column('blog', sa.String(255), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTED),
        of_site('akismet_usage'),
        sa.PrimaryKeyConstraint('site_id', 'month', 'blog', name='pk_akismet_usage'),
    )


def downgrade() -> None:
    op.drop_table('akismet_usage')
    op.drop_table('foreign_checks')
    op.drop_table('foreign_comments')
    op.drop_column('posts', 'origin')
