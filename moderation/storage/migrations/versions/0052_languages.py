"""The language of the pages without scripts has a name of its own

The release before goes on reading `language`, which is left as it is and no longer read.

Revision ID: 0052
Revises: 0051
"""

import json

import sqlalchemy as sa
from alembic import op

revision = '0052'
down_revision = '0051'
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    for id, stored in connection.execute(sa.text('SELECT id, settings FROM sites')).all():
        settings = json.loads(stored) if isinstance(stored, str) else stored
        if 'language' in settings and 'page_language' not in settings:
            connection.execute(
                sa.text(
                    'UPDATE sites SET settings = :settings, version = version + 1 WHERE id = :id'
                ).bindparams(sa.bindparam('settings', type_=sa.JSON())),
                {'settings': {**settings, 'page_language': settings['language']}, 'id': id},
            )


def downgrade() -> None:
    """Leave both names: the release before reads `language`."""
