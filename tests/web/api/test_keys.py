"""Keys for foreign protocols: shown once, listed by their ends, revoked one by one."""

import pytest

from moderation.services.compat import keys
from moderation.services.compat.keys import Service
from tests.conftest import one_store

PATH = "/api/v1/review/sites/news/keys"


@pytest.mark.parametrize("service", Service)
def test_a_key_is_shown_once_listed_by_its_end_and_revoked(client, reviewing, session, service):
    made = client.post(PATH, json={"service": service}, headers=reviewing)
    key = made.get_json()["key"]
    other = client.post(PATH, json={"service": service}, headers=reviewing).get_json()["key"]

    listed = client.get(PATH, headers=reviewing)
    found = listed.get_json()["keys"]
    gone = client.delete(f"{PATH}/{found[1]['id']}", headers=reviewing)

    assert (made.status_code, gone.status_code) == (201, 204)
    assert [each["last_four"] for each in found] == [other[-4:], key[-4:]]
    assert {each["service"] for each in found} == {service.value}
    assert key not in listed.text
    assert keys.site_of(session, service, key) is None
    assert keys.site_of(session, service, other).name == "news"
    assert client.delete(f"{PATH}/{found[1]['id']}", headers=reviewing).status_code == 404


@one_store
def test_an_unknown_service_is_422(client, reviewing):
    answer = client.post(PATH, json={"service": "hive"}, headers=reviewing)

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "#/service")
