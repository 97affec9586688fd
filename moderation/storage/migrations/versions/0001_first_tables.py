"""First tables

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

# Spelt out, so that later changes of the models' types leave this migration as it was.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(36).with_variant(sa.Uuid(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table('leases',
    sa.Column('job', sa.String(length=64), nullable=False),
    sa.Column('holder', sa.String(length=80), nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('job', name=op.f('pk_leases'))
    )
    op.create_table('moderators',
    sa.Column('id', KEY, nullable=False),
    sa.Column('login', sa.String(length=80), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('disabled_at', MOMENT, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_moderators')),
    sa.UniqueConstraint('login', name=op.f('uq_moderators_login'))
    )
    op.create_table('sites',
    sa.Column('id', KEY, nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('origins', JSON, nullable=False),
    sa.Column('settings', JSON, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('webhook_url', sa.Text(), nullable=True),
    sa.Column('webhook_disabled_at', MOMENT, nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sites')),
    sa.UniqueConstraint('name', name=op.f('uq_sites_name')),
    sqlite_autoincrement=True
    )
    op.create_table('audit_entries',
    sa.Column('id', KEY, nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('site_id', KEY, nullable=True),
    sa.Column('actor', sa.String(length=16), nullable=False),
    sa.Column('actor_name', sa.String(length=80), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.Column('detail', JSON, nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_audit_entries_site_id_sites'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries'))
    )
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.create_index('ix_audit_entries_at', ['at'], unique=False)
        batch_op.create_index('ix_audit_entries_subject', ['subject'], unique=False)

    op.create_table('bans',
    sa.Column('id', KEY, nullable=False),
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('author_key', sa.String(length=32), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('until', MOMENT, nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_bans_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bans'))
    )
    with op.batch_alter_table('bans', schema=None) as batch_op:
        batch_op.create_index('uq_bans_site_id_author_key', ['site_id', 'author_key'], unique=True)

    op.create_table('console_sessions',
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('moderator_id', KEY, nullable=False),
    sa.Column('csrf_token', sa.String(length=64), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['moderator_id'], ['moderators.id'], name=op.f('fk_console_sessions_moderator_id_moderators'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_console_sessions'))
    )
    with op.batch_alter_table('console_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_console_sessions_moderator_id'), ['moderator_id'], unique=False)

    op.create_table('posts',
    sa.Column('id', KEY, nullable=False),
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('external_id', sa.String(length=512), nullable=False),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('comment_count', sa.Integer(), nullable=False),
    sa.Column('announced', sa.Boolean(), nullable=False),
    sa.Column('event_at', MOMENT, nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_posts_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posts')),
    sa.UniqueConstraint('site_id', 'external_id', name=op.f('uq_posts_site_id_external_id')),
    sqlite_autoincrement=True
    )
    op.create_table('site_secrets',
    sa.Column('id', KEY, nullable=False),
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_site_secrets_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site_secrets'))
    )
    with op.batch_alter_table('site_secrets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_site_secrets_site_id'), ['site_id'], unique=False)

    op.create_table('tokens',
    sa.Column('id', KEY, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('scopes', JSON, nullable=False),
    sa.Column('site_id', KEY, nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_tokens_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tokens')),
    sa.UniqueConstraint('digest', name=op.f('uq_tokens_digest')),
    sa.UniqueConstraint('name', name=op.f('uq_tokens_name'))
    )
    op.create_table('comments',
    sa.Column('id', ID, nullable=False),
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('post_id', KEY, nullable=False),
    sa.Column('parent_id', ID, nullable=True),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('listing', sa.String(length=16), nullable=False),
    sa.Column('reply_count', sa.Integer(), nullable=False),
    sa.Column('author_name', sa.String(length=80), nullable=False),
    sa.Column('author_email', sa.String(length=254), nullable=True),
    sa.Column('author_website', sa.Text(), nullable=True),
    sa.Column('author_id', sa.String(length=255), nullable=True),
    sa.Column('author_key', sa.String(length=32), nullable=True),
    sa.Column('email_key', sa.String(length=32), nullable=True),
    sa.Column('address_key', sa.String(length=32), nullable=True),
    sa.Column('block_key', sa.String(length=32), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), nullable=False),
    sa.Column('text_key', sa.BigInteger(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('edited_at', MOMENT, nullable=True),
    sa.Column('verdict_id', ID, nullable=True),
    sa.Column('reasons', sa.String(length=400), nullable=False),
    sa.Column('decided_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['parent_id'], ['comments.id'], name=op.f('fk_comments_parent_id_comments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_comments_post_id_posts'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_comments_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comments'))
    )
    with op.batch_alter_table('comments', schema=None) as batch_op:
        batch_op.create_index('ix_comments_address', ['site_id', 'address_key', 'created_at'], unique=False)
        batch_op.create_index('ix_comments_author', ['site_id', 'author_key', 'created_at'], unique=False)
        batch_op.create_index('ix_comments_parent', ['parent_id'], unique=False)
        batch_op.create_index('ix_comments_queue', ['site_id', 'status', 'created_at', 'id'], unique=False)
        batch_op.create_index('ix_comments_status', ['status', 'created_at', 'id'], unique=False)
        batch_op.create_index('ix_comments_text', ['site_id', 'text_key', 'created_at'], unique=False)
        batch_op.create_index('ix_comments_thread', ['post_id', 'parent_id', 'created_at', 'id'], unique=False, sqlite_where=sa.text("listing <> 'hidden'"), postgresql_where=sa.text("listing <> 'hidden'"))

    op.create_table('comment_revisions',
    sa.Column('comment_id', ID, nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), nullable=False),
    sa.Column('replaced_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_comment_revisions_comment_id_comments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('comment_id', 'revision', name=op.f('pk_comment_revisions'))
    )
    op.create_table('decisions',
    sa.Column('id', ID, nullable=False),
    sa.Column('comment_id', ID, nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('comment_version', sa.Integer(), nullable=False),
    sa.Column('actor', sa.String(length=16), nullable=False),
    sa.Column('moderator_id', KEY, nullable=True),
    sa.Column('actor_name', sa.String(length=80), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('previous_status', sa.String(length=16), nullable=True),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('causes', JSON, nullable=False),
    sa.Column('scores', JSON, nullable=False),
    sa.Column('versions', JSON, nullable=False),
    sa.Column('policy', sa.String(length=120), nullable=False),
    sa.Column('undoes', ID, nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_decisions_comment_id_comments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['moderator_id'], ['moderators.id'], name=op.f('fk_decisions_moderator_id_moderators'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['undoes'], ['decisions.id'], name=op.f('fk_decisions_undoes_decisions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decisions')),
    sa.UniqueConstraint('undoes', name=op.f('uq_decisions_undoes'))
    )
    with op.batch_alter_table('decisions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decisions_comment_id'), ['comment_id'], unique=False)

    op.create_table('idempotency_keys',
    sa.Column('id', KEY, nullable=False),
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('comment_id', ID, nullable=False),
    sa.Column('comment_status', sa.String(length=16), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_idempotency_keys_comment_id_comments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_idempotency_keys_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_idempotency_keys')),
    sa.UniqueConstraint('site_id', 'key', name=op.f('uq_idempotency_keys_site_id_key'))
    )
    with op.batch_alter_table('idempotency_keys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idempotency_keys_created_at'), ['created_at'], unique=False)

    op.create_table('outbox',
    sa.Column('id', ID, nullable=False),
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('comment_id', ID, nullable=True),
    sa.Column('type', sa.String(length=64), nullable=False),
    sa.Column('payload', JSON, nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('leased_until', MOMENT, nullable=True),
    sa.Column('last_error', sa.String(length=200), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('finished_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_outbox_comment_id_comments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_outbox_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_comment_id'), ['comment_id'], unique=False)
        batch_op.create_index('ix_outbox_due', ['due_at'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
        batch_op.create_index(batch_op.f('ix_outbox_site_id'), ['site_id'], unique=False)

    op.create_table('received_events',
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('webhook_id', sa.String(length=255), nullable=False),
    sa.Column('type', sa.String(length=64), nullable=False),
    sa.Column('comment_id', ID, nullable=True),
    sa.Column('comment_status', sa.String(length=16), nullable=True),
    sa.Column('received_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_received_events_comment_id_comments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_received_events_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'webhook_id', name=op.f('pk_received_events'))
    )
    with op.batch_alter_table('received_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_received_events_received_at'), ['received_at'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('received_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_received_events_received_at'))

    op.drop_table('received_events')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outbox_site_id'))
        batch_op.drop_index('ix_outbox_due', sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
        batch_op.drop_index(batch_op.f('ix_outbox_comment_id'))

    op.drop_table('outbox')
    with op.batch_alter_table('idempotency_keys', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idempotency_keys_created_at'))

    op.drop_table('idempotency_keys')
    with op.batch_alter_table('decisions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_decisions_comment_id'))

    op.drop_table('decisions')
    op.drop_table('comment_revisions')
    with op.batch_alter_table('comments', schema=None) as batch_op:
        batch_op.drop_index('ix_comments_thread', sqlite_where=sa.text("listing <> 'hidden'"), postgresql_where=sa.text("listing <> 'hidden'"))
        batch_op.drop_index('ix_comments_text')
        batch_op.drop_index('ix_comments_status')
        batch_op.drop_index('ix_comments_queue')
        batch_op.drop_index('ix_comments_parent')
        batch_op.drop_index('ix_comments_author')
        batch_op.drop_index('ix_comments_address')

    op.drop_table('comments')
    op.drop_table('tokens')
    with op.batch_alter_table('site_secrets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_site_secrets_site_id'))

    op.drop_table('site_secrets')
    op.drop_table('posts')
    with op.batch_alter_table('console_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_console_sessions_moderator_id'))

    op.drop_table('console_sessions')
    with op.batch_alter_table('bans', schema=None) as batch_op:
        batch_op.drop_index('uq_bans_site_id_author_key')

    op.drop_table('bans')
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_entries_subject')
        batch_op.drop_index('ix_audit_entries_at')

    op.drop_table('audit_entries')
    op.drop_table('sites')
    op.drop_table('moderators')
    op.drop_table('leases')
