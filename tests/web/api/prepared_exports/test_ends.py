"""The end of prepared exports: expiry, deletion, the erasure of a person, a removed site."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from moderation.services import export_files
from moderation.services.privacy import erasure
from moderation.services.sites import changes, registry, removal
from moderation.services.transfer import export_job, site_exports
from moderation.services.transfer.export_job import Lost
from moderation.storage.models.privacy import ErasureRequest
from moderation.storage.models.site_exports import SiteExport
from moderation.web.state import app_state

from .conftest import PATH

OTHER = "b" * 32


def test_a_file_is_deleted_a_day_after_it_is_ready(
    call, order, work, shown, download, files, session, settings, clock
):
    made = order()
    work()
    assert shown(made)["expires_at"] == (
        (clock.now + timedelta(hours=24)).isoformat().replace("+00:00", "Z")
    )
    clock.advance(hours=23, minutes=59)
    assert site_exports.tidy(session, settings, now=clock.now) == 0
    assert download(made).status_code == 200

    clock.advance(minutes=1)

    # At once, although the worker has not tidied up.
    refused = download(made)
    assert (refused.status_code, refused.get_json()["code"]) == (410, "export_expired")
    assert (shown(made)["state"], shown(made)["file"]) == ("expired", None)
    assert site_exports.tidy(session, settings, now=clock.now) == 1
    assert files() == []
    assert shown(made)["state"] == "expired"
    clock.advance(days=8)
    site_exports.tidy(session, settings, now=clock.now)
    assert call("GET", PATH).get_json() == {"exports": []}


def test_a_deleted_export_leaves_no_file_also_while_it_runs(call, order, claim, work, files, shown):
    ready = order()
    work()
    running = order()
    job = claim()

    for made in (ready, running):
        assert call("DELETE", f"{PATH}/{made['id']}").status_code == 204
        assert call("GET", f"{PATH}/{made['id']}").status_code == 404
    with pytest.raises(Lost):
        export_job.run(job)

    assert files() == []


@pytest.fixture
def erase(app, call, session, clock):
    """Erase the author of a comment, as the worker does when the time to object is over."""

    def run(comment_id):
        key = call("GET", f"/comments/{comment_id}").get_json()["comment"]["author"]["key"]
        call("POST", f"/sites/news/authors/{key}/erasure", {})
        session.rollback()
        session.execute(update(ErasureRequest).values(due_at=clock.now))
        session.commit()
        (id,) = session.scalars(select(ErasureRequest.id)).all()
        assert erasure.carry_out(session, app_state(app).signing, id, now=clock.now)

    return run


def test_the_erasure_of_a_person_deletes_the_exports_of_the_site_and_restarts_those_under_way(
    call, make_comment, order, claim, work, download, shown, erase, files, session, clock
):
    written = make_comment("A remark that will be erased.", name="Ada")["comment"]["id"]
    changes.add(session, "other", title="", origins=[], now=clock.now)
    order("/sites/other/exports")
    work()
    ready = order()
    work()
    under_way = order()
    job = claim(OTHER)

    erase(written)

    assert call("GET", f"{PATH}/{ready['id']}").status_code == 404
    assert len(files()) == 1
    with pytest.raises(Lost):
        export_job.run(job)
    work()
    content = download(under_way).get_data(as_text=True)
    assert shown(under_way)["state"] == "ready"
    assert "will be erased" not in content
    assert "Ada" not in content
    # Another site's person is not in it.
    (left,) = call("GET", "/sites/other/exports").get_json()["exports"]
    assert left["state"] == "ready"


def test_a_removed_site_leaves_no_export(order, work, claim, files, session, settings, clock):
    order()
    work()
    order()
    job = claim()

    removal.remove(session, registry.find(session, "news"), now=clock.now)
    with pytest.raises(Lost):
        export_job.run(job)
    export_files.remove_unknown(session, settings)

    assert session.scalars(select(SiteExport)).all() == []
    assert files() == []


def test_a_file_that_is_about_to_be_ready_is_not_removed_as_unknown(
    order, claim, shown, download, session, settings, monkeypatch
):
    made = order()
    job = claim()
    removed = []
    real = job.store.sessions

    def tidied(*arguments):
        publish(*arguments)
        with real() as other:
            removed.append(export_files.remove_unknown(other, settings))

    publish = export_files.publish
    monkeypatch.setattr(export_files, "publish", tidied)
    export_job.run(job)

    assert removed == [0]
    assert (shown(made)["state"], download(made).status_code) == ("ready", 200)
