"""Mail to moderators about held comments

Everything is added with a default, so that the release before goes on working.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(36).with_variant(sa.Uuid(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.add_column('moderators', sa.Column('email', sa.String(254), nullable=False, server_default=''))
    op.add_column('moderators', sa.Column('email_confirmed_at', MOMENT, nullable=True))
    op.add_column('moderators', sa.Column('mail', sa.String(16), nullable=False, server_default='off'))
    op.add_column('moderators', sa.Column('mail_seen_at', MOMENT, nullable=True))
    op.add_column('moderators', sa.Column('mailed_at', MOMENT, nullable=True))
    op.create_table('mails',
    sa.Column('id', ID, nullable=False),
    sa.Column('moderator_id', KEY, nullable=False),
    sa.Column('comment_id', ID, nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('last_error', sa.String(length=200), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('finished_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['moderator_id'], ['moderators.id'], name=op.f('fk_mails_moderator_id_moderators'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_mails_comment_id_comments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mails')),
    sa.UniqueConstraint('moderator_id', 'comment_id', name=op.f('uq_mails_moderator_id_comment_id'))
    )
    op.create_index(op.f('ix_mails_comment_id'), 'mails', ['comment_id'])
    op.create_index('ix_mails_due', 'mails', ['due_at'], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_table('mails')
    for name in ('mailed_at', 'mail_seen_at', 'mail', 'email_confirmed_at', 'email'):
        op.drop_column('moderators', name)
