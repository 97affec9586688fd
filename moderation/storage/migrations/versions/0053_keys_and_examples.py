"""Keys of foreign protocols, and labelled examples

New tables alone, so that the release before goes on working.

Revision ID: 0053
Revises: 0052
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0053'
down_revision = '0052'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
JSON = sa.JSON().with_variant(JSONB(), 'postgresql')
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'service_keys',
        sa.Column('id', BIG, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('service', sa.String(16), nullable=False),
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('digest', sa.LargeBinary(32), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_service_keys_site_id_sites', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_service_keys'),
        sa.UniqueConstraint('digest', name='uq_service_keys_digest'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_service_keys_site_id', 'service_keys', ['site_id'])
    op.create_table(
        'labelled_examples',
        sa.Column('id', BIG, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('source', sa.String(16), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('text_digest', sa.LargeBinary(32), nullable=False),
        sa.Column('author_key', sa.String(32), nullable=True),
        sa.Column('labels', JSON, nullable=False),
        sa.Column('context', JSON, nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_labelled_examples_site_id_sites', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_labelled_examples'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_labelled_examples_site_id_id', 'labelled_examples', ['site_id', 'id'])
    op.create_index('ix_labelled_examples_text_digest', 'labelled_examples', ['text_digest'])
    op.create_index('ix_labelled_examples_author_key', 'labelled_examples', ['author_key'])


def downgrade() -> None:
    op.drop_table('labelled_examples')
    op.drop_table('service_keys')
