"""Settings, read once from `MODERATION_*` variables; nothing else reads the environment."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..domain.hosts import service_address
from ..domain.inner_networks import Networks, parse_networks
from ..domain.mailboxes import mail_domain, mailbox
from . import values
from .values import Network, RequestRate

__all__ = [
    "DATA_DIR",
    "SECRET_FILE",
    "SETTINGS",
    "Network",
    "RequestRate",
    "Settings",
    "SettingsError",
    "unknown_variables",
    "variable_of",
]

#: Holds the secret when no variable does, so that commands beside a service find it.
SECRET_FILE = "secret.key"  # noqa: S105 (a file name)
DATA_DIR = Path("data")
_REQUESTS, _COMPAT = RequestRate(50.0, 300), RequestRate(500.0, 5000)


class SettingsError(Exception):
    """A setting is missing or cannot be understood; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of an operator; `SETTINGS` documents each one."""

    secret_key: str
    env: str = "production"
    data_dir: Path = DATA_DIR
    database_url: str = ""
    public_url: str = ""
    trusted_proxies: tuple[Network, ...] = ()
    ratelimit_enabled: bool = True
    ratelimit_storage_url: str = "memory://"
    ratelimit_requests: RequestRate = _REQUESTS
    ratelimit_submit: str = "30 per minute; 300 per hour"
    post_burst: int = 10
    ratelimit_login: str = "10 per minute; 60 per hour"
    ratelimit_edit: str = "60 per minute"
    ratelimit_report: str = "10 per minute; 60 per hour"
    ratelimit_vote: str = "60 per minute"
    #: Enough for a household or an office.
    ratelimit_vote_comment: str = "30 per hour; 60 per day"
    ratelimit_compat: RequestRate = _COMPAT
    session_idle: int = 1800
    require_totp: str = "off"
    edit_window: int = 900
    address_retention_days: int = 30
    sqlite_synchronous: str = "FULL"
    write_timeout: float = 5.0
    threads: int = 8
    connections_per_client: int = 256
    embedded_worker: bool = True
    smtp_url: str = ""
    mail_from: str = ""
    log_level: str = "INFO"
    log_format: str = "json"
    metrics_token: str = ""
    outbound_allowed: tuple[Network | str, ...] = ()
    import_bytes: int = 2 << 30
    export_bytes: int = 4 << 30
    export_hours: int = 24

    @property
    def development(self) -> bool:
        return self.env == "development"

    @property
    def allowed_networks(self) -> Networks:
        """Return the inner networks and hosts that requests of this service may reach."""
        return Networks.of(self.outbound_allowed)

    @property
    def sender(self) -> str:
        """Return the sender address of mail."""
        return self.mail_from or f"moderation@{self.mail_domain}"

    @property
    def mail_domain(self) -> str:
        """Return the host of the public address, as used in addresses and ids of mail."""
        return mail_domain(urlsplit(self.public_url).hostname or "localhost")

    @property
    def url(self) -> str:
        """Return the database address: the configured one, else the embedded store."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve()}/moderation.sqlite3"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check every setting; raise SettingsError for the first wrong one."""
        read: dict[str, Any] = {}
        for name, (parse, _) in SETTINGS.items():
            variable = variable_of(name)
            raw = environ.get(variable)
            if raw is None or raw == "":
                continue
            try:
                read[name] = parse(raw)
            except ValueError as error:
                shown = "" if name in _SECRET else f"={raw!r}"
                raise SettingsError(f"{variable}{shown}: {error}") from None
        if not read.get("secret_key"):
            read["secret_key"] = _kept_secret(read.get("data_dir", DATA_DIR))
        if not read.get("secret_key"):
            if read.get("env") != "development":
                raise SettingsError(
                    "MODERATION_SECRET_KEY is not set. Make one with "
                    "`python -c 'import secrets; print(secrets.token_urlsafe(48))'` and keep it: "
                    "it signs edit tokens and keys the hashes of addresses."
                )
            read["secret_key"] = "development only, not a secret"  # noqa: S105 (never used outside)
        settings = cls(**read)
        if settings.smtp_url and not settings.public_url:
            raise SettingsError(
                "MODERATION_SMTP_URL needs MODERATION_PUBLIC_URL: mail links to this service."
            )
        if settings.smtp_url == "console:" and not settings.development:
            raise SettingsError("MODERATION_SMTP_URL=console: is for development only.")
        return settings


#: Settings whose value may hold a secret: an error names them without it.
_SECRET = frozenset(
    {"secret_key", "database_url", "ratelimit_storage_url", "metrics_token", "smtp_url"}
)


def _kept_secret(data_dir: Path) -> str:
    """Return the secret in the data folder's `secret.key`; empty when there is none."""
    try:
        return values.secret((data_dir / SECRET_FILE).read_text().strip())
    except (OSError, UnicodeDecodeError):
        return ""
    except ValueError as error:
        raise SettingsError(f"{data_dir / SECRET_FILE}: {error}") from None


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"MODERATION_{name.upper()}"


#: Variables that a container platform derives from a service called `moderation`, and the tests'.
_OF_THE_PLATFORM = re.compile(
    r"MODERATION_(SERVICE_(HOST|PORT).*|PORT|PORT_\d+_(TCP|UDP).*|TEST_.*)"
)


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


#: Setting → (parser, meaning). docs/configuration.md lists all of them, and the
#: README the most frequent ones.
SETTINGS: dict[str, tuple[Callable[[str], Any], str]] = {
    "secret_key": (
        values.secret,
        "Signs edit and form tokens and keys the hashes of addresses; at least 32 characters. "
        "Required outside development, here or as `secret.key` in the data folder.",
    ),
    "env": (
        values.choice("production", "development"),
        "`development` needs no secret and sends cookies without TLS.",
    ),
    "data_dir": (
        Path,
        "Folder of the embedded store, `moderation.sqlite3`, and of uploads for imports.",
    ),
    "database_url": (
        values.database,
        "`postgresql://…` or `sqlite:///…`; empty uses the embedded store.",
    ),
    "public_url": (
        service_address,
        "Address under which browsers reach the service, without a path.",
    ),
    "trusted_proxies": (
        values.networks,
        "Networks, separated by commas, whose X-Forwarded-For is believed.",
    ),
    "ratelimit_enabled": (
        values.switch,
        "`0` switches off rate limits, request budgets, the burst limit of posts and proof of "
        "work, for load tests; comments are judged the same.",
    ),
    "ratelimit_storage_url": (
        values.counter,
        "Where rate limits are counted: `memory://` for one process, `redis://…` for many.",
    ),
    "ratelimit_requests": (
        values.request_rate,
        "Requests per client network and process that are not answered from ready-made bytes.",
    ),
    "ratelimit_submit": (values.limits, "Comments per client network."),
    "post_burst": (
        values.number(1, 100_000),
        "Comments per second that a web process looks at for one post; more have to wait.",
    ),
    "ratelimit_login": (values.limits, "Attempts to log in per client network."),
    "ratelimit_edit": (values.limits, "Edits and deletions per client network."),
    "ratelimit_report": (values.limits, "Reports of comments per client network."),
    "ratelimit_vote": (values.limits, "Votes on comments per client network."),
    "ratelimit_vote_comment": (
        values.limits,
        "Votes of guests on one comment per client network.",
    ),
    "ratelimit_compat": (
        values.request_rate,
        "Calls per key of a foreign protocol (Perspective, Akismet, OpenAI) and process; each part "
        "of a batch is a call.",
    ),
    "session_idle": (
        values.number(60, 43_200),
        "Seconds without use after which a console session ends; all end after 12 hours.",
    ),
    "require_totp": (
        values.choice("off", "admins", "all"),
        "Roles that must set up a second factor before anything else in the console.",
    ),
    "edit_window": (values.number(0, 31_536_000), "Seconds during which authors may edit."),
    "address_retention_days": (
        values.number(1, 3650),
        "Days after which the keyed hashes of addresses are removed from comments.",
    ),
    "sqlite_synchronous": (
        values.choice("FULL", "NORMAL"),
        "`FULL` survives a power cut; `NORMAL` may lose the last moment, never the store.",
    ),
    "write_timeout": (
        values.seconds,
        "Seconds a write may wait for its turn before it answers 503.",
    ),
    "threads": (
        values.number(1, 64),
        "Blocking threads of a web process, and connections of its pool.",
    ),
    "connections_per_client": (
        values.number(4, 8192),
        "Open connections of one client, which is an IPv4 address or an IPv6 /64 and no trusted "
        "proxy; one more ends its longest-silent one.",
    ),
    "embedded_worker": (
        values.switch,
        "`1` runs webhooks and upkeep on a thread of the web process; `0` leaves them to "
        "`moderation worker`.",
    ),
    "smtp_url": (
        values.smtp,
        "`smtp://[user:password@]host[:port]` or `smtps://…`: sends mail to moderators "
        "and readers; "
        "`console:` writes it to the terminal in development; empty sends none.",
    ),
    "mail_from": (mailbox, "Address that mail comes from."),
    "log_level": (
        values.choice("DEBUG", "INFO", "WARNING", "ERROR"),
        "Least severe log line that is written.",
    ),
    "log_format": (
        values.choice("json", "console"),
        "`console` is for people, `json` for machines.",
    ),
    "metrics_token": (
        values.secret,
        "Bearer token that opens `/metrics`; at least 32 characters. Without it the page is off.",
    ),
    "outbound_allowed": (
        parse_networks,
        "Inner networks and hosts, like `10.1.0.0/16, //wordpress`, that webhooks and other "
        "requests of this service may reach; public addresses need no entry, link-local and "
        "metadata addresses are never reached.",
    ),
    "import_bytes": (
        values.number(1 << 20, 1 << 40),
        "Largest file that admins may upload for an import in the console, in bytes. All uploads "
        "together may have four times as many.",
    ),
    "export_bytes": (
        values.number(1 << 20, 1 << 40),
        "Bytes that the prepared exports of one site may take in the data folder. Those of all "
        "sites together may take four times as many.",
    ),
    "export_hours": (
        values.number(1, 720),
        "Hours after which the file of a prepared export is deleted.",
    ),
}
