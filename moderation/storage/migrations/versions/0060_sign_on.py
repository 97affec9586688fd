"""Sign-on secrets, pictures of authors, and the badge of checked ones

New tables and columns with defaults alone, so that the release before goes on working.

Revision ID: 0060
Revises: 0052
"""

import sqlalchemy as sa
from alembic import op

from moderation.storage.migrations.locks import lock_tables

revision = '0060'
down_revision = '0057'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.DateTime(timezone=True)
DUE = sa.text('due_at IS NOT NULL')


def upgrade() -> None:
    lock_tables('comments', 'sites')
    op.add_column(
        'comments',
        sa.Column('verified', sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column('comments', sa.Column('avatar', sa.String(32), nullable=True))
    op.create_table(
        'sign_on_secrets',
        sa.Column('id', BIG, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('secret', sa.Text(), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_sign_on_secrets_site_id_sites', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_sign_on_secrets'),
    )
    op.create_index('ix_sign_on_secrets_site_id', 'sign_on_secrets', ['site_id'])
    op.create_table(
        'avatars',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('author_key', sa.String(32), nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('image', sa.LargeBinary(), nullable=True),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('due_at', MOMENT, nullable=True),
        sa.Column('asked_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_avatars_site_id_sites', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_avatars'),
    )
    op.create_index('ix_avatars_author', 'avatars', ['site_id', 'author_key'])
    op.create_index(
        'ix_avatars_due', 'avatars', ['due_at'], sqlite_where=DUE, postgresql_where=DUE
    )


def downgrade() -> None:
    op.drop_table('avatars')
    op.drop_table('sign_on_secrets')
    op.drop_column('comments', 'avatar')
    op.drop_column('comments', 'verified')
