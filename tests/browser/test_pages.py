"""Pages that need no account."""

import pytest

pytestmark = pytest.mark.browser


def test_the_api_docs_show_the_endpoints_without_asking_another_host(service, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{service.url}/api/v1/docs")

    page.get_by_text("/api/v1/sites/{site}/posts/{post}/comments").first.wait_for()
    assert all(url.startswith((service.url, "data:")) for url in asked)
