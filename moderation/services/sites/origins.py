"""Checks of a site's origins."""

from functools import cache

from publicsuffixlist import PublicSuffixList

from moderation.domain.errors import FieldError, Invalid
from moderation.domain.hosts import BadAddress, Origin, parse_origin


def check_origins(origins: list[str]) -> list[str]:
    """Return the origins as they are stored, each once; raise Invalid with each invalid one."""
    checked: dict[str, None] = {}
    wrong = []
    for place, written in enumerate(origins):
        try:
            checked[_origin(written)] = None
        except Invalid as error:
            wrong.append(FieldError(f"#/origins/{place}", error.detail))
    if wrong:
        raise Invalid(wrong[0].detail, errors=tuple(wrong))
    return list(checked)


def _origin(written: str) -> str:
    try:
        origin = parse_origin(written)
    except BadAddress as error:
        raise Invalid(
            f"{written!r} is not an origin: {error}. Write it like https://news.example, or "
            "https://*.news.example for every host below news.example."
        ) from None
    if origin.any_subdomain and _is_open_to_all(origin):
        raise Invalid(
            f"{written!r} includes sites of other owners: names can be registered under "
            f"{origin.host}. Put a domain of your own after `*.`."
        )
    return str(origin)


def _is_open_to_all(origin: Origin) -> bool:
    return _registries().privatesuffix(origin.host) is None


@cache
def _registries() -> PublicSuffixList:
    """Return the suffixes of registries; those of hosters, like pages.dev, are not among them."""
    return PublicSuffixList(only_icann=True)
