"""Settings, read once from `MODERATION_*` variables; nothing else reads the environment."""

import difflib
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: Holds the secret where no variable does, so that commands beside a service find it.
SECRET_FILE = "secret.key"  # noqa: S105 (a file name)
DATA_DIR = Path("data")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """A setting is missing or cannot be understood; the message names it."""


@dataclass(frozen=True, slots=True)
class RequestRate:
    """What a client network may ask for: units a second, and how many at once."""

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can set; `SETTINGS` says how each is called and what it means."""

    secret_key: str
    env: str = "production"
    data_dir: Path = DATA_DIR
    database_url: str = ""
    public_url: str = ""
    trusted_proxies: tuple[Network, ...] = ()
    ratelimit_enabled: bool = True
    ratelimit_storage_url: str = "memory://"
    ratelimit_requests: RequestRate = RequestRate(50.0, 300)
    ratelimit_submit: str = "30 per minute; 300 per hour"
    post_burst: int = 10
    ratelimit_login: str = "10 per minute; 60 per hour"
    ratelimit_edit: str = "60 per minute"
    session_idle: int = 1800
    require_totp: str = "off"
    edit_window: int = 900
    address_retention_days: int = 30
    sqlite_synchronous: str = "FULL"
    write_timeout: float = 5.0
    threads: int = 8
    connections_per_client: int = 64
    embedded_worker: bool = True
    smtp_url: str = ""
    mail_from: str = ""
    log_level: str = "INFO"
    log_format: str = "json"
    metrics_token: str = ""

    @property
    def development(self) -> bool:
        return self.env == "development"

    @property
    def sender(self) -> str:
        """The address that mail comes from."""
        return self.mail_from or f"moderation@{urlsplit(self.public_url).hostname or 'localhost'}"

    @property
    def url(self) -> str:
        """The database address: the one that was set, else the embedded store."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve()}/moderation.sqlite3"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check every setting; SettingsError names the first that is wrong."""
        values: dict[str, Any] = {}
        for name, (parse, _) in SETTINGS.items():
            variable = variable_of(name)
            raw = environ.get(variable)
            if raw is None or raw == "":
                continue
            try:
                values[name] = parse(raw)
            except ValueError as error:
                shown = "" if name in _SECRET else f"={raw!r}"
                raise SettingsError(f"{variable}{shown}: {error}") from None
        if not values.get("secret_key"):
            values["secret_key"] = _kept_secret(values.get("data_dir", DATA_DIR))
        if not values.get("secret_key"):
            if values.get("env") != "development":
                raise SettingsError(
                    "MODERATION_SECRET_KEY is not set. Make one with "
                    "`python -c 'import secrets; print(secrets.token_urlsafe(48))'` and keep it: "
                    "it signs edit tokens and keys the hashes of addresses."
                )
            values["secret_key"] = "development only, not a secret"  # noqa: S105 (never used outside)
        settings = cls(**values)
        if settings.smtp_url and not settings.public_url:
            raise SettingsError(
                "MODERATION_SMTP_URL needs MODERATION_PUBLIC_URL: mail holds links to this service."
            )
        if settings.smtp_url == "console:" and not settings.development:
            raise SettingsError("MODERATION_SMTP_URL=console: is for development only.")
        return settings


#: Settings whose value may hold a secret: an error names them without it.
_SECRET = frozenset(
    {"secret_key", "database_url", "ratelimit_storage_url", "metrics_token", "smtp_url"}
)


def _kept_secret(data_dir: Path) -> str:
    """The secret in the data folder's `secret.key`, empty when there is none."""
    try:
        return _secret((data_dir / SECRET_FILE).read_text().strip())
    except (OSError, UnicodeDecodeError):
        return ""
    except ValueError as error:
        raise SettingsError(f"{data_dir / SECRET_FILE}: {error}") from None


def variable_of(name: str) -> str:
    return f"MODERATION_{name.upper()}"


#: What a container platform derives from a service called `moderation`.
_OF_THE_PLATFORM = re.compile(r"MODERATION_(SERVICE_(HOST|PORT).*|PORT|PORT_\d+_(TCP|UDP).*)")


def unknown_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the `MODERATION_*` variables that no setting reads, each with the nearest that is.

    The nearest is empty where none is like it.
    """
    known = [variable_of(name) for name in SETTINGS]
    unknown = sorted(
        name
        for name in environ
        if name.startswith("MODERATION_")
        and name not in known
        and not _OF_THE_PLATFORM.fullmatch(name)
    )
    return {
        name: next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.8)), "")
        for name in unknown
    }


def _secret(raw: str) -> str:
    if len(raw) < 32:
        raise ValueError("must be at least 32 characters long")
    return raw


def _switch(raw: str) -> bool:
    known = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    if raw.lower() not in known:
        raise ValueError("must be 1 or 0")
    return known[raw.lower()]


def _choice(*choices: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        for choice in choices:
            if raw.lower() == choice.lower():
                return choice
        raise ValueError(f"must be one of {', '.join(choices)}")

    return parse


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not least <= int(raw) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(raw)

    return parse


def _limits(raw: str) -> str:
    from limits import parse_many

    try:
        parse_many(raw)
    except ValueError:
        raise ValueError("must be like `30 per minute; 300 per hour`") from None
    return raw


def _request_rate(raw: str) -> RequestRate:
    found = re.fullmatch(r"\s*(\d{1,6}) per (second|minute); burst (\d{1,6})\s*", raw, re.ASCII)
    rate = int(found[1]) / (60 if found[2] == "minute" else 1) if found else 0.0
    # The dearest request costs ten units.
    if found is None or not rate or int(found[3]) < 10:
        raise ValueError("must be like `50 per second; burst 300`, with a burst of at least 10")
    return RequestRate(rate, int(found[3]))


def _seconds(raw: str) -> float:
    seconds = float(raw)
    if not 0.1 <= seconds <= 120:
        raise ValueError("must be 0.1 to 120 seconds")
    return seconds


def _networks(raw: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in raw.split(",") if part.strip())


def _database(raw: str) -> str:
    """Accept the spellings that hosters hand out, and always use psycopg 3."""
    for prefix in ("postgres://", "postgresql://"):
        if raw.startswith(prefix):
            return "postgresql+psycopg://" + raw.removeprefix(prefix)
    if not raw.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return raw


def _url(raw: str) -> str:
    if not raw.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// or http://")
    parts = urlsplit(raw)
    _ = parts.port  # Raises ValueError for one that is no number.
    if not parts.hostname or parts.username is not None or re.search(r"\s", raw):
        raise ValueError("must be like https://comments.example")
    if parts.path.strip("/") or "?" in raw or "#" in raw:
        raise ValueError(
            "must have nothing behind the host, like https://comments.example: the service "
            "needs a host name of its own"
        )
    return raw.rstrip("/")


#: How a store that counts rate limits is reached, behind `redis` or `valkey`.
_WAYS = ("", "s", "+unix", "+cluster", "+sentinel")


def _counter(raw: str) -> str:
    scheme, colon, _ = raw.partition("://")
    kind = "redis" if scheme.startswith("redis") else "valkey"
    if not colon or (scheme != "memory" and scheme not in {kind + way for way in _WAYS}):
        raise ValueError("must begin with memory:// or redis://")
    if scheme == "memory":
        return raw
    if find_spec(kind) is None:
        raise ValueError(f"needs the Python package `{kind}`, which is not installed")
    if scheme in (kind, f"{kind}s"):
        _ = urlsplit(raw).port  # Raises ValueError for one that is no number.
    return raw


def _smtp(raw: str) -> str:
    if raw == "console:":
        return raw
    parts = urlsplit(raw)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.port == 0:
        raise ValueError("must be smtp://[user:password@]host[:port], smtps://… or console:")
    return raw


def _email(raw: str) -> str:
    if not re.fullmatch(r"[^@\s<>]{1,64}@[A-Za-z0-9.-]{1,190}", raw):
        raise ValueError("must be an e-mail address")
    return raw


#: Setting → (how it is read, what it means). docs/configuration.md lists each of them, and the
#: README those that are set most.
SETTINGS: dict[str, tuple[Callable[[str], Any], str]] = {
    "secret_key": (
        _secret,
        "Signs edit and form tokens and keys the hashes of addresses; at least 32 characters. "
        "Required outside development, here or as `secret.key` in the data folder.",
    ),
    "env": (
        _choice("production", "development"),
        "`development` needs no secret and sends cookies without TLS.",
    ),
    "data_dir": (Path, "Folder of the embedded store, `moderation.sqlite3`."),
    "database_url": (
        _database,
        "`postgresql://…` or `sqlite:///…`; empty uses the embedded store.",
    ),
    "public_url": (_url, "Address under which browsers reach the service, without a path."),
    "trusted_proxies": (
        _networks,
        "Networks, separated by commas, whose X-Forwarded-For is believed.",
    ),
    "ratelimit_enabled": (
        _switch,
        "`0` switches off rate limits, request budgets, the burst limit of posts and proof of "
        "work, for load tests; comments are judged the same.",
    ),
    "ratelimit_storage_url": (
        _counter,
        "Where rate limits are counted: `memory://` for one process, `redis://…` for many.",
    ),
    "ratelimit_requests": (
        _request_rate,
        "Requests per client network and process that are not answered from ready-made bytes.",
    ),
    "ratelimit_submit": (_limits, "Comments per client network."),
    "post_burst": (
        _number(1, 100_000),
        "Comments per second that a web process looks at for one post; more are told to wait.",
    ),
    "ratelimit_login": (_limits, "Attempts to log in per client network."),
    "ratelimit_edit": (_limits, "Edits and deletions per client network."),
    "session_idle": (
        _number(60, 43_200),
        "Seconds without use after which a console session ends; all end after 12 hours.",
    ),
    "require_totp": (
        _choice("off", "admins", "all"),
        "Who must set up a second factor before anything else in the console.",
    ),
    "edit_window": (_number(0, 31_536_000), "Seconds during which authors may edit."),
    "address_retention_days": (
        _number(1, 3650),
        "Days after which the keyed hashes of addresses are removed from comments.",
    ),
    "sqlite_synchronous": (
        _choice("FULL", "NORMAL"),
        "`FULL` survives a power cut; `NORMAL` may lose the last moment, never the store.",
    ),
    "write_timeout": (_seconds, "Seconds a write may wait for its turn before it answers 503."),
    "threads": (_number(1, 64), "Blocking threads of a web process, and connections of its pool."),
    "connections_per_client": (
        _number(4, 8192),
        "Open connections of one client, which is an IPv4 address or an IPv6 /64 and no trusted "
        "proxy; one more ends its longest-silent one.",
    ),
    "embedded_worker": (
        _switch,
        "`1` runs webhooks and upkeep on a thread of the web process; `0` leaves them to "
        "`moderation worker`.",
    ),
    "smtp_url": (
        _smtp,
        "`smtp://[user:password@]host[:port]` or `smtps://…`: sends mail to moderators; "
        "`console:` writes it to the terminal in development; empty sends none.",
    ),
    "mail_from": (_email, "Address that mail comes from."),
    "log_level": (
        _choice("DEBUG", "INFO", "WARNING", "ERROR"),
        "Least severe log line that is written.",
    ),
    "log_format": (_choice("json", "console"), "`console` is for people, `json` for machines."),
    "metrics_token": (
        _secret,
        "Bearer token that opens `/metrics`; at least 32 characters. Without it the page is off.",
    ),
}
