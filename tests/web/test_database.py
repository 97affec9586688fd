"""Flask-SQLAlchemy and the store: one engine, one set of session options."""

from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import one_store


@one_store
def test_views_and_the_worker_share_one_engine(app):
    store = app_state(app).store

    with app.app_context(), store.sessions() as own:
        assert db.engine is store.engine
        assert db.session().get_bind() is own.get_bind()
        assert (db.session().expire_on_commit, db.session().autoflush) == (False, False)
        assert (own.expire_on_commit, own.autoflush) == (False, False)
