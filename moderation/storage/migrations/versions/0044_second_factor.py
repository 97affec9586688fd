"""Second factors, idle sessions, the origin of tokens, and mail about accounts

New tables and nullable columns alone, so that the release before goes on working.

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table, column in (
        ('moderators', sa.Column('totp_nonce', sa.LargeBinary(16), nullable=True)),
        ('moderators', sa.Column('totp_added_at', MOMENT, nullable=True)),
        ('moderators', sa.Column('totp_step', sa.BigInteger(), nullable=True)),
        ('console_sessions', sa.Column('seen_at', MOMENT, nullable=True)),
        ('console_sessions', sa.Column('authenticated_at', MOMENT, nullable=True)),
    ):
        op.add_column(table, column)
    op.create_table(
        'token_origins',
        sa.Column('token_id', BIG, nullable=False),
        sa.Column('by_moderator', sa.Boolean(), nullable=False),
        sa.Column('moderator_id', BIG, nullable=True),
        sa.Column('by_token', sa.Boolean(), nullable=False),
        sa.Column('parent_id', BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ['token_id'], ['tokens.id'], name='fk_token_origins_token_id_tokens', ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['moderator_id'],
            ['moderators.id'],
            name='fk_token_origins_moderator_id_moderators',
            ondelete='SET NULL',
        ),
        sa.ForeignKeyConstraint(
            ['parent_id'], ['tokens.id'], name='fk_token_origins_parent_id_tokens', ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('token_id', name='pk_token_origins'),
    )
    op.create_index('ix_token_origins_moderator_id', 'token_origins', ['moderator_id'])
    op.create_index('ix_token_origins_parent_id', 'token_origins', ['parent_id'])
    op.create_table(
        'recovery_codes',
        sa.Column('id', BIG, nullable=False),
        sa.Column('moderator_id', BIG, nullable=False),
        sa.Column('salt', sa.LargeBinary(16), nullable=False),
        sa.Column('digest', sa.LargeBinary(32), nullable=False),
        sa.ForeignKeyConstraint(
            ['moderator_id'],
            ['moderators.id'],
            name='fk_recovery_codes_moderator_id_moderators',
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name='pk_recovery_codes'),
    )
    op.create_index('ix_recovery_codes_moderator_id', 'recovery_codes', ['moderator_id'])
    op.create_table(
        'account_notices',
        sa.Column('id', sa.Uuid().with_variant(sa.String(36), 'sqlite'), nullable=False),
        sa.Column('moderator_id', BIG, nullable=False),
        sa.Column('kind', sa.String(32), nullable=False),
        sa.Column('recipient', sa.String(254), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('due_at', MOMENT, nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['moderator_id'],
            ['moderators.id'],
            name='fk_account_notices_moderator_id_moderators',
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name='pk_account_notices'),
    )
    op.create_index('ix_account_notices_moderator_id', 'account_notices', ['moderator_id'])
    op.create_index('ix_account_notices_due_at', 'account_notices', ['due_at'])
    # A name made the token before ids did: where it is an account's, the token ends with it.
    op.execute(
        'INSERT INTO token_origins (token_id, by_moderator, moderator_id, by_token, parent_id) '
        'SELECT tokens.id, true, moderators.id, false, NULL FROM tokens '
        'JOIN moderators ON moderators.login = tokens.created_by'
    )


def downgrade() -> None:
    for table in ('account_notices', 'recovery_codes', 'token_origins'):
        op.drop_table(table)
    for table, column in (
        ('console_sessions', 'authenticated_at'),
        ('console_sessions', 'seen_at'),
        ('moderators', 'totp_step'),
        ('moderators', 'totp_added_at'),
        ('moderators', 'totp_nonce'),
    ):
        op.drop_column(table, column)
