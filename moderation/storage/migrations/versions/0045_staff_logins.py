"""Logins of a site's moderators, beside their names

Without a default, so that the release before goes on working: its changes of moderators leave
the logins as they are until the next change.

Revision ID: 0045
Revises: 0044
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from moderation.storage.migrations.locks import lock_tables

revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    lock_tables('moderators', 'site_roles', 'sites')
    op.add_column('sites', sa.Column('staff_logins', JSON, nullable=True))
    sites = sa.table('sites', sa.column('id'), sa.column('staff_logins', JSON), sa.column('version'))
    moderators = sa.table(
        'moderators', *map(sa.column, ('id', 'login', 'role', 'disabled_at'))
    )
    roles = sa.table('site_roles', *map(sa.column, ('moderator_id', 'site_id')))
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(moderators.c.login, moderators.c.role, roles.c.site_id)
        .outerjoin_from(moderators, roles, roles.c.moderator_id == moderators.c.id)
        .where(moderators.c.disabled_at.is_(None))
    ).all()
    for (site_id,) in connection.execute(sa.select(sites.c.id)).all():
        logins = sorted({login for login, role, at in rows if role != 'none' or at == site_id})
        connection.execute(
            sites.update()
            .where(sites.c.id == site_id)
            .values(staff_logins=logins, version=sites.c.version + 1)
        )


def downgrade() -> None:
    op.drop_column('sites', 'staff_logins')
