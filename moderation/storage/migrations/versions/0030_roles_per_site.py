"""Roles per site, names of moderators, tokens that end

Everything is added with a default, so that the release before goes on working.

Revision ID: 0030
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0020'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('site_roles',
    sa.Column('moderator_id', KEY, nullable=False),
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['moderator_id'], ['moderators.id'], name=op.f('fk_site_roles_moderator_id_moderators'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_site_roles_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('moderator_id', 'site_id', name=op.f('pk_site_roles'))
    )
    op.create_index(op.f('ix_site_roles_site_id'), 'site_roles', ['site_id'])
    op.add_column('moderators', sa.Column('display_name', sa.String(80), nullable=False, server_default=''))
    op.add_column('tokens', sa.Column('created_by', sa.String(80), nullable=False, server_default=''))
    op.add_column('tokens', sa.Column('expires_at', MOMENT, nullable=True))
    op.add_column('console_sessions', sa.Column('agent', sa.String(80), nullable=False, server_default=''))
    op.create_index('ix_audit_entries_site', 'audit_entries', ['site_id', 'id'])


def downgrade() -> None:
    op.drop_index('ix_audit_entries_site', 'audit_entries')
    op.drop_column('console_sessions', 'agent')
    op.drop_column('tokens', 'expires_at')
    op.drop_column('tokens', 'created_by')
    op.drop_column('moderators', 'display_name')
    op.drop_table('site_roles')
