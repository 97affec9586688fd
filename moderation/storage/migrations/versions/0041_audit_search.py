"""The audit trail is read along an index, whatever it is searched by

Nothing but indexes changes, so that the release before goes on working.

Revision ID: 0041
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

from moderation.storage.migrations.indexes import create_indexes

revision = '0041'
down_revision = '0032'
branch_labels = None
depends_on = None

# The machine's own decisions are most of the trail, and nobody looks for them by its name.
NOT_MACHINE = sa.text("actor_name <> 'policy'")


FIRST = {'about': 'subject', 'action': 'action', 'on': 'site_id'}


def upgrade() -> None:
    by = {f'ix_audit_entries_{name}': [column, 'at', 'id'] for name, column in FIRST.items()}
    create_indexes('audit_entries', {'ix_audit_entries_when': ['at', 'id'], **by})
    create_indexes('audit_entries', {'ix_audit_entries_by': ['actor_name', 'at', 'id']}, NOT_MACHINE)
    for name in ('at', 'subject', 'site'):
        op.drop_index(f'ix_audit_entries_{name}', 'audit_entries')


def downgrade() -> None:
    op.create_index('ix_audit_entries_site', 'audit_entries', ['site_id', 'id'])
    for name in ('subject', 'at'):
        op.create_index(f'ix_audit_entries_{name}', 'audit_entries', [name])
    for name in ('by', 'when', *FIRST):
        op.drop_index(f'ix_audit_entries_{name}', 'audit_entries')
