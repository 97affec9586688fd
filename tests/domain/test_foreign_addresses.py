"""Doubled slashes in addresses of foreign protocols, and in no others."""

import pytest

from moderation.domain.akismet_guid import guid_headers
from moderation.domain.foreign_addresses import plain


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("//1.1/comment-check", "/1.1/comment-check"),
        ("/1.1//comment-check", "/1.1/comment-check"),
        ("//akismet//key/1.1/verify-key", "/akismet/key/1.1/verify-key"),
        ("//v1alpha1//comments:analyze", "/v1alpha1/comments:analyze"),
        ("//$discovery/rest", "/$discovery/rest"),
        ("///batch", "/batch"),
        ("/v1//moderations", "/v1/moderations"),
        ("//padded/v1/moderations", "/padded/v1/moderations"),
        ("//coral/news/moderate", "/coral/news/moderate"),
        ("/v1alpha1/comments:analyze", "/v1alpha1/comments:analyze"),
        ("/api/v1/sites/news/posts//2026/a", "/api/v1/sites/news/posts//2026/a"),
        ("//batches", "//batches"),
        ("//", "//"),
    ],
)
def test_slashes_are_merged_in_foreign_addresses_only(path, read):
    assert plain(path) == read


@pytest.mark.parametrize(
    "path", ["/1.1/comment-check/", "//1.1//comment-check", "/1.1/comment-check?a"]
)
def test_a_check_gets_its_id_however_its_address_is_written(path):
    assert [name for name, _ in guid_headers(path)] == ["X-akismet-guid"]
