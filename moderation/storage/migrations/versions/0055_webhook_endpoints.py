"""Several webhook endpoints for a site

The release before goes on reading `sites.webhook_url` and delivering what it puts into the outbox
itself. Nothing in its tables is changed: messages that it leaves are handed over by the worker.

Revision ID: 0055
Revises: 0053
"""

import sqlalchemy as sa
from alembic import op

revision = '0055'
down_revision = '0054'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(36).with_variant(sa.Uuid(), "postgresql")
JSON = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
WAITING = sa.text("state = 'waiting'")
FAILED = sa.text("state = 'failed'")


def upgrade() -> None:
    op.create_table('webhook_endpoints',
    sa.Column('id', KEY, nullable=False),
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('events', sa.Text(), nullable=False, server_default=''),
    sa.Column('held_text', sa.Boolean(), nullable=False, server_default=sa.text('false')),
    sa.Column('main', sa.Boolean(), nullable=False, server_default=sa.text('false')),
    sa.Column('secrets', JSON, nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('disabled_at', MOMENT, nullable=True),
    sa.Column('disabled_why', sa.String(length=16), nullable=False, server_default=''),
    sa.Column('paused_until', MOMENT, nullable=True),
    sa.Column('failing_since', MOMENT, nullable=True),
    sa.Column('given_up_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_webhook_endpoints_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_endpoints')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_webhook_endpoints_site_id'), 'webhook_endpoints', ['site_id'])
    op.create_table('webhook_deliveries',
    sa.Column('id', KEY, nullable=False),
    sa.Column('event_id', ID, nullable=False),
    sa.Column('endpoint_id', KEY, nullable=False),
    sa.Column('comment_id', ID, nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False, server_default='waiting'),
    sa.Column('attempts', sa.Integer(), nullable=False, server_default='0'),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('leased_until', MOMENT, nullable=True),
    sa.Column('last_error', sa.String(length=200), nullable=False, server_default=''),
    sa.Column('log', JSON, nullable=False, server_default=sa.text("'[]'")),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('finished_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['outbox.id'], name=op.f('fk_webhook_deliveries_event_id_outbox'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['endpoint_id'], ['webhook_endpoints.id'], name=op.f('fk_webhook_deliveries_endpoint_id_webhook_endpoints'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_deliveries')),
    sqlite_autoincrement=True
    )
    create = op.create_index
    create(op.f('ix_webhook_deliveries_event_id'), 'webhook_deliveries', ['event_id'])
    create('ix_webhook_deliveries_endpoint_id', 'webhook_deliveries', ['endpoint_id', 'id'])
    for name, columns, where in (
        ('ix_webhook_deliveries_due', ['endpoint_id', 'due_at'], WAITING),
        ('ix_webhook_deliveries_order', ['endpoint_id', 'comment_id', 'id'], WAITING),
        ('ix_webhook_deliveries_failed', ['endpoint_id', 'finished_at'], FAILED),
    ):
        create(name, 'webhook_deliveries', columns, sqlite_where=where, postgresql_where=where)
    op.add_column('sites', sa.Column('queue_stale_at', MOMENT, nullable=True))
    op.add_column('account_notices', sa.Column('detail', sa.String(length=300), nullable=False, server_default=''))
    # What the site's address received, it goes on receiving: every event, with held texts, signed
    # with the site's secrets.
    op.execute(
        "INSERT INTO webhook_endpoints (site_id, url, held_text, main, secrets, created_at, disabled_at, disabled_why)"
        " SELECT id, webhook_url, true, true, '[]', created_at, webhook_disabled_at,"
        " CASE WHEN webhook_disabled_at IS NULL THEN '' ELSE 'gone' END"
        " FROM sites WHERE webhook_url IS NOT NULL AND webhook_url <> ''"
    )


def downgrade() -> None:
    # The release before delivers to the site's address what no endpoint has received.
    op.execute(
        "UPDATE outbox SET state = 'waiting', finished_at = NULL WHERE state = 'queued' AND id IN ("
        "SELECT event_id FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id"
        " WHERE e.main AND d.state = 'waiting')"
    )
    op.drop_column('account_notices', 'detail')
    op.drop_column('sites', 'queue_stale_at')
    op.drop_table('webhook_deliveries')
    op.drop_table('webhook_endpoints')
