"""One's own account: a name that an admin approves, and when mail comes."""

import pytest

from moderation.domain.roles import Role
from moderation.services.accounts import authentication
from moderation.web.database import db
from tests.conftest import one_store
from tests.web.api.test_accounts import log_in  # noqa: F401 (a fixture)

PASSWORD = "a long enough password"


@pytest.fixture
def add(app, site, clock, log_in):  # noqa: F811
    """Add a moderator with a role on the site; return a function that calls the API as they do."""

    def make(login, role=Role.MODERATOR, name="", everywhere=None):
        with app.app_context():
            here = {} if everywhere else {site.id: role}
            authentication.add_moderator(
                db.session(),
                login,
                PASSWORD,
                role=everywhere,
                on_sites=here,
                display_name=name,
                now=clock.now,
            )
            db.session.remove()
        return log_in(login)

    return make


@pytest.fixture
def person(client, reviewing):
    """Read and change a moderator as an admin does."""

    def see(login, **changes):
        path = "/api/v1/review/moderators"
        listed = client.get(path, headers=reviewing).get_json()["moderators"]
        (found,) = [each for each in listed if each["login"] == login]
        if not changes:
            return found
        return client.patch(f"{path}/{found['id']}", json=changes, headers=reviewing)

    return see


def names(answer):
    body = answer.get_json()
    return body["display_name"], body["display_name_wish"]


def test_a_name_is_a_wish_until_an_admin_approves_it(add, person, make_comment):
    mia = add("mia", name="Mia")

    asked = mia("PATCH", "/me", {"display_name": "Jane Roe"})

    assert names(asked) == ("Mia", "Jane Roe")
    # An author with that name goes on writing, without a badge.
    assert make_comment("One.", name="Jane Roe")["http"] == 201
    assert person("mia")["display_name_wish"] == "Jane Roe"

    assert names(person("mia", display_name="Jane Roe")) == ("Jane Roe", "")
    assert make_comment("Two.", name="Jane Roe")["http"] == 202
    assert names(mia("GET", "/me")) == ("Jane Roe", "")


def test_a_wish_is_refused_by_leaving_the_name_as_it_is_and_taken_back_by_its_owner(add, person):
    mia = add("mia", name="Mia")
    mia("PATCH", "/me", {"display_name": "Jane Roe"})
    assert names(person("mia", display_name="Mia")) == ("Mia", "")

    mia("PATCH", "/me", {"display_name": "Jane Roe"})
    assert names(mia("PATCH", "/me", {"display_name": "Mia"})) == ("Mia", "")
    mia("PATCH", "/me", {"display_name": "Jane Roe"})
    # An empty name takes no other's name.
    assert names(mia("PATCH", "/me", {"display_name": ""})) == ("", "")


def test_an_admins_own_name_needs_no_approval(add):
    ann = add("ann", Role.ADMIN)
    bea = add("bea", everywhere=Role.ADMIN)

    assert names(ann("PATCH", "/me", {"display_name": "Ann Reed"})) == ("Ann Reed", "")
    assert names(bea("PATCH", "/me", {"display_name": "Bea"})) == ("Bea", "")


@pytest.mark.parametrize("name", ["Ann Reed", "аnn  rееd", "Ann Reed, editor"])
def test_a_moderator_gets_no_colleagues_name_or_one_that_looks_like_it(add, person, name):
    add("ann", name="Ann Reed")
    mia = add("mia", name="Mia")

    asked = mia("PATCH", "/me", {"display_name": name})

    assert (asked.status_code, asked.get_json()["code"]) == (409, "already_exists")
    assert person("mia", display_name=name).status_code == 409
    assert names(mia("GET", "/me")) == ("Mia", "")


def test_an_admin_does_not_see_wishes_of_those_they_do_not_govern(add, person, client, site):
    mia = add("mia", everywhere=Role.MODERATOR)
    ann = add("ann", Role.ADMIN)
    mia("PATCH", "/me", {"display_name": "Jane Roe"})

    listed = ann("GET", "/moderators").get_json()["moderators"]

    assert [each["display_name_wish"] for each in listed if each["login"] == "mia"] == [""]


def test_the_hour_and_the_zone_of_the_daily_mail_are_ones_own(add):
    mia = add("mia")
    assert [mia("GET", "/me").get_json()[k] for k in ("mail_hour", "mail_zone")] == [7, "UTC"]

    wish = {"mail": "daily", "mail_hour": 18, "mail_zone": "America/New_York"}
    kept = mia("PATCH", "/me", wish).get_json()

    assert {name: kept[name] for name in wish} == wish


@one_store
@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"mail_hour": 24}, "#/mail_hour"),
        ({"mail_hour": "7"}, "#/mail_hour"),
        ({"mail_zone": "Mars/Olympus"}, "#/mail_zone"),
        ({"mail_zone": "../../etc/passwd"}, "#/mail_zone"),
        ({"mail_zone": ""}, "#/mail_zone"),
    ],
)
def test_an_hour_or_zone_that_there_is_not_is_named(add, wish, pointer):
    refused = add("mia")("PATCH", "/me", wish)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.get_json()["errors"]] == [pointer]
