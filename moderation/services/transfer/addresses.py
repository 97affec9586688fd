"""The addresses of posts in exports for other systems, which know pages by them."""

from urllib.parse import quote

from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site


def address_of(site: Site, post: Post) -> str:
    """Return the address of a post's page: as the site gave it, or made of its origin and id."""
    if post.url:
        return post.url
    if post.external_id.startswith(("http://", "https://")):
        return post.external_id
    origin = next((each for each in site.origins if "*" not in each), "http://localhost")
    return f"{origin}/{quote(post.external_id.lstrip('/'), safe='/?&=;:@!$,~-._+%')}"
