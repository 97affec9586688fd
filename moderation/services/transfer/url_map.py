r"""From the addresses of an export to the ids of posts.

A map is a text of rules, one a line, the old address and the new one, separated by white space
or a comma. Exact addresses are tried first, then the other rules in their order:

    https://old.example/a   /new/a             an address or a path
    https://old.example/*   https://new.example/*   everything below it
    re:^/(\d+)/(.*)$       /posts/$2          a regular expression on the address
    /drafts/*               -                  not imported
"""

import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from moderation.domain import characters
from moderation.domain.posts import LONGEST_ID, canonical_id, page_address

from .records import ImportedThread, Unreadable

#: Characters of an address; no browser sends longer ones.
LONGEST_ADDRESS = 2000
MOST_RULES = 1_000_000
_COLUMNS = re.compile(r"\s*,\s*|\s+")
_NONE = "-"
#: Begin the ids of posts on other platforms, which are never public here.
_FOREIGN = ("akismet:", "coral:")
#: Scripts that tell pages apart by their query.
_BY_QUERY = re.compile(r"/|.*\.(?:php\d?|aspx?|jsp|cgi|pl|cfm)", re.IGNORECASE)


class BadMap(Unreadable):
    """A line of a map is no rule."""


@dataclass(frozen=True, slots=True)
class Page:
    """The post that a thread becomes; without an id the thread is left out, for the reason."""

    post_id: str = ""
    url: str = ""
    host: str = ""
    reason: str = ""


@dataclass(slots=True)
class UrlMap:
    """The rules of one import."""

    only_hosts: frozenset[str] = frozenset()
    exact: dict[str, str] = field(default_factory=dict)
    prefixes: list[tuple[str, str]] = field(default_factory=list)
    patterns: list[tuple[re.Pattern[str], str]] = field(default_factory=list)
    order: list[tuple[str, int]] = field(default_factory=list)
    #: Bounds the time of one regular expression, where another person than the operator wrote it.
    guard: Callable[[], AbstractContextManager[object]] = nullcontext

    def page(self, thread: ImportedThread) -> Page:
        """Return the post of a thread."""
        address = thread.url.strip()
        if thread.post_id and not address:
            return _page(thread.post_id, "", "")
        if not address:
            # An empty path would become the home page.
            return Page(reason="its page has no address")
        if len(address) > LONGEST_ADDRESS:
            return Page(reason="the address is too long")
        host = host_of(address)
        if self.only_hosts and host and host not in self.only_hosts:
            return Page(host=host, reason="the host is not among the chosen ones")
        mapped = self._mapped(address)
        if mapped == _NONE:
            return Page(host=host, reason="left out by the map")
        if mapped is None and thread.post_id:
            return _page(thread.post_id, address, host)
        with_query = thread.with_query or mapped is not None
        target = address if mapped is None else mapped
        return _page(path_of(target, with_query=with_query), target, host_of(target) or host)

    def _mapped(self, address: str) -> str | None:
        """Return the new address, `-` for none, or None where no rule applies."""
        path = path_of(address, with_query=True)
        for known in (address, page_address(address), path):
            if known in self.exact:
                return self.exact[known]
        for kind, number in self.order:
            if kind == "prefix":
                old, new = self.prefixes[number]
                for known in (address, path):
                    if known.startswith(old):
                        return new if new == _NONE else new + known[len(old) :]
            else:
                pattern, new = self.patterns[number]
                with self.guard():
                    found = pattern.search(address)
                if found:
                    return new if new == _NONE else _filled(new, found)
        return None


def read_map(lines: Iterable[str], *, patterns: bool = True) -> UrlMap:
    """Read the rules of a map; raise BadMap. Without `patterns` regular expressions are refused."""
    rules = UrlMap()
    for number, line in enumerate(lines, start=1):
        line = line.strip().lstrip("\ufeff")
        if not line or line.startswith("#"):
            continue
        if number > MOST_RULES:
            raise BadMap(f"The map has more than {MOST_RULES:,} lines.")
        columns = _COLUMNS.split(line)
        if len(columns) != 2 or not all(columns) or len(line) > 2 * LONGEST_ADDRESS:
            raise BadMap(
                f"Line {number:,} of the map has not two columns: the old address, the new."
            )
        _add(rules, number, *columns, patterns=patterns)
    return rules


def _add(rules: UrlMap, number: int, old: str, new: str, *, patterns: bool) -> None:
    if old.startswith("re:"):
        if not patterns:
            raise BadMap(f"Line {number:,} of the map is a regular expression: use the command.")
        try:
            rules.patterns.append((re.compile(old[3:]), new))
        except re.error as error:
            raise BadMap(f"Line {number:,} of the map is no regular expression: {error}.") from None
        rules.order.append(("pattern", len(rules.patterns) - 1))
    elif old.endswith("*"):
        if new != _NONE and not new.endswith("*"):
            raise BadMap(f"Line {number:,} of the map: both columns end with *, or the new is -.")
        rules.prefixes.append((old[:-1], new.removesuffix("*")))
        rules.order.append(("prefix", len(rules.prefixes) - 1))
    else:
        rules.exact.setdefault(old, new)


def _filled(new: str, found: re.Match[str]) -> str:
    def group(reference: re.Match[str]) -> str:
        try:
            return found[int(reference[1])] or ""
        except IndexError:
            return ""

    return re.sub(r"[$\\](\d)", group, new)


def host_of(address: str) -> str:
    """Return the host of an absolute address in lower case, empty without one."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def path_of(address: str, *, with_query: bool) -> str:
    """Return the path of an address or path, with its query where that distinguishes pages."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    path = parts.path
    if not path.startswith("/") and (parts.netloc or not path):
        path = f"/{path}"
    # Without scripts the query is a visitor's, not the page's.
    if parts.query and (with_query or _BY_QUERY.fullmatch(path)):
        path += f"?{parts.query}"
    return path


def _page(spelled: str, address: str, host: str) -> Page:
    post_id = canonical_id(spelled) if "\0" not in spelled else ""
    usable = 1 <= len(post_id) <= LONGEST_ID and characters.is_identifier(post_id)
    if not usable or post_id.startswith(_FOREIGN):
        return Page(host=host, reason="the address makes no id of a post")
    absolute = address.lower().startswith(("https://", "http://"))
    shown = page_address(address) if absolute and characters.escaped(address) == address else ""
    return Page(post_id, shown, host)
