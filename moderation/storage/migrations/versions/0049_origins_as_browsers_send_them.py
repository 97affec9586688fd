"""Origins as browsers send them

A default port, a final dot or zeros before a port kept an origin from ever matching. The
release before reads what is written here.

Revision ID: 0049
Revises: 0047
"""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = '0049'
down_revision = '0047'
branch_labels = None
depends_on = None

DEFAULT = {'http': '80', 'https': '443'}
ORIGIN = re.compile(r'(https?)://(\[[0-9a-f:]+\]|[^:/]+?)\.?(?::0*(\d+))?')


def upgrade() -> None:
    connection = op.get_bind()
    for id, stored in connection.execute(sa.text('SELECT id, origins FROM sites')).all():
        origins = json.loads(stored) if isinstance(stored, str) else stored
        sent = list(dict.fromkeys(map(as_sent, origins)))
        if sent != origins:
            connection.execute(
                sa.text('UPDATE sites SET origins = :origins, version = version + 1 WHERE id = :id')
                .bindparams(sa.bindparam('origins', type_=sa.JSON())),
                {'origins': sent, 'id': id},
            )


def as_sent(origin: str) -> str:
    found = ORIGIN.fullmatch(origin)
    if found is None:
        return origin
    scheme, host, port = found.groups()
    return f'{scheme}://{host}' if port in (None, DEFAULT[scheme]) else f'{scheme}://{host}:{port}'


def downgrade() -> None:
    """Leave the origins: the release before understands them."""
