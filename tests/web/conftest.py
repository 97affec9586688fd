"""What tests of the web share."""

import pytest


@pytest.fixture
def call(client, reviewing):
    """Ask the review API as somebody who may do everything."""

    def send(method, path, body=None, **headers):
        return client.open(
            f"/api/v1/review{path}", method=method, json=body, headers={**reviewing, **headers}
        )

    return send
