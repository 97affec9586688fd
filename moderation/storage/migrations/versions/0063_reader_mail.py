"""Mail to readers: addresses, what they follow, and the outbox

New tables alone, so that the release before goes on working.

Revision ID: 0063
Revises: 0062
"""

import sqlalchemy as sa
from alembic import op

revision = '0063'
down_revision = '0062'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.String(36).with_variant(sa.Uuid(), 'postgresql')
JSON = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), 'postgresql')
MOMENT = sa.DateTime(timezone=True)
UNFINISHED = sa.text("state IN ('waiting', 'sending', 'handed')")
CONFIRMATION = sa.text("kind = 'confirm_address'")
WAITING = sa.text('mail_id IS NULL')
THREAD = sa.text('comment_id IS NULL')
ANSWERS = sa.text('comment_id IS NOT NULL')


def refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f'{other}.id'], name=f'fk_{table}_{column}_{other}', ondelete='CASCADE'
    )


def upgrade() -> None:
    op.create_table(
        'reader_addresses',
        sa.Column('id', BIG, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('email', sa.String(254), nullable=True),
        sa.Column('email_key', sa.String(32), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('confirmed_at', MOMENT, nullable=True),
        sa.Column('created_at', MOMENT, nullable=False),
        refers('reader_addresses', 'site_id', 'sites'),
        sa.PrimaryKeyConstraint('id', name='pk_reader_addresses'),
        sa.UniqueConstraint('site_id', 'email_key', name='uq_reader_addresses_site_id_email_key'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_reader_addresses_email_key', 'reader_addresses', ['email_key'])
    op.create_index('ix_reader_addresses_created_at', 'reader_addresses', ['created_at'])
    op.create_table(
        'reader_follows',
        sa.Column('id', BIG, nullable=False),
        sa.Column('address_id', BIG, nullable=False),
        sa.Column('post_id', BIG, nullable=False),
        sa.Column('comment_id', ID, nullable=True),
        sa.Column('author_key', sa.String(32), nullable=True),
        sa.Column('created_at', MOMENT, nullable=False),
        refers('reader_follows', 'address_id', 'reader_addresses'),
        refers('reader_follows', 'post_id', 'posts'),
        refers('reader_follows', 'comment_id', 'comments'),
        sa.PrimaryKeyConstraint('id', name='pk_reader_follows'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_reader_follows_post_id', 'reader_follows', ['post_id'])
    op.create_index('ix_reader_follows_comment_id', 'reader_follows', ['comment_id'])
    op.create_index(
        'uq_reader_follows_thread',
        'reader_follows',
        ['address_id', 'post_id'],
        unique=True,
        sqlite_where=THREAD,
        postgresql_where=THREAD,
    )
    op.create_index(
        'uq_reader_follows_answers',
        'reader_follows',
        ['address_id', 'comment_id'],
        unique=True,
        sqlite_where=ANSWERS,
        postgresql_where=ANSWERS,
    )
    op.create_table(
        'shown_answers',
        sa.Column('comment_id', ID, nullable=False),
        sa.Column('shown_at', MOMENT, nullable=False),
        refers('shown_answers', 'comment_id', 'comments'),
        sa.PrimaryKeyConstraint('comment_id', name='pk_shown_answers'),
    )
    op.create_index('ix_shown_answers_shown_at', 'shown_answers', ['shown_at'])
    op.create_table(
        'reader_mails',
        sa.Column('id', ID, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('address_id', BIG, nullable=True),
        sa.Column('kind', sa.String(32), nullable=False),
        sa.Column('key', sa.String(160), nullable=False),
        sa.Column('recipient', sa.String(254), nullable=False),
        sa.Column('email_key', sa.String(32), nullable=True),
        sa.Column('network_key', sa.String(32), nullable=True),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('values', JSON, nullable=False),
        sa.Column('state', sa.String(16), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('due_at', MOMENT, nullable=False),
        sa.Column('last_error', sa.String(200), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('finished_at', MOMENT, nullable=True),
        refers('reader_mails', 'site_id', 'sites'),
        refers('reader_mails', 'address_id', 'reader_addresses'),
        sa.PrimaryKeyConstraint('id', name='pk_reader_mails'),
        sa.UniqueConstraint('site_id', 'key', name='uq_reader_mails_site_id_key'),
    )
    op.create_index('ix_reader_mails_address_id', 'reader_mails', ['address_id'])
    for key in ('email_key', 'network_key'):
        op.create_index(f'ix_reader_mails_{key}_created_at', 'reader_mails', [key, 'created_at'])
    op.create_index('ix_reader_mails_finished_at', 'reader_mails', ['finished_at'])
    op.create_index(
        'ix_reader_mails_due',
        'reader_mails',
        ['due_at'],
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )
    op.create_index(
        'ix_reader_mails_confirmations',
        'reader_mails',
        ['site_id', 'created_at'],
        sqlite_where=CONFIRMATION,
        postgresql_where=CONFIRMATION,
    )
    op.create_table(
        'reader_answers',
        sa.Column('address_id', BIG, nullable=False),
        sa.Column('comment_id', ID, nullable=False),
        sa.Column('to_reader', sa.Boolean(), nullable=False),
        sa.Column('mail_id', ID, nullable=True),
        sa.Column('created_at', MOMENT, nullable=False),
        refers('reader_answers', 'address_id', 'reader_addresses'),
        refers('reader_answers', 'comment_id', 'comments'),
        refers('reader_answers', 'mail_id', 'reader_mails'),
        sa.PrimaryKeyConstraint('address_id', 'comment_id', name='pk_reader_answers'),
    )
    op.create_index('ix_reader_answers_comment_id', 'reader_answers', ['comment_id'])
    op.create_index('ix_reader_answers_mail_id', 'reader_answers', ['mail_id'])
    op.create_index(
        'ix_reader_answers_waiting',
        'reader_answers',
        ['address_id', 'created_at'],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_table(
        'stopped_addresses',
        sa.Column('email_key', sa.String(32), nullable=False),
        sa.Column('why', sa.String(16), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.PrimaryKeyConstraint('email_key', name='pk_stopped_addresses'),
    )


def downgrade() -> None:
    for table in (
        'stopped_addresses',
        'reader_answers',
        'reader_mails',
        'shown_answers',
        'reader_follows',
        'reader_addresses',
    ):
        op.drop_table(table)
