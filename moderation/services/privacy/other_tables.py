"""The registry's other half: tables without anything about commenters, and the reasons."""

from collections.abc import Mapping
from types import MappingProxyType

from .registry import Impersonal

_STAFF = "Moderators' accounts; removed with the account."
_CONFIGURED = "The site's own configuration."
_COUNTED = "Counts."

IMPERSONAL: Mapping[str, Impersonal] = MappingProxyType(
    {
        "sites": Impersonal(
            "id name title origins settings staff_names staff_logins version checker webhook_url"
            " webhook_disabled_at queue_stale_at created_at",
            _CONFIGURED + " Names of its moderators, and words and names of its lists.",
        ),
        "site_secrets": Impersonal("id site_id secret created_at", _CONFIGURED),
        "sign_on_secrets": Impersonal("id site_id secret created_at", _CONFIGURED),
        "coral_secrets": Impersonal("id site_id secret created_at", _CONFIGURED),
        "hook_secrets": Impersonal("id site_id adapter secret created_at", _CONFIGURED),
        "service_keys": Impersonal("id site_id service key digest created_at", _CONFIGURED),
        "webhook_endpoints": Impersonal(
            "id site_id url events held_text main secrets created_at disabled_at disabled_why"
            " paused_until failing_since given_up_at",
            _CONFIGURED,
        ),
        "checkers": Impersonal(
            "site_id secret failures open_until last_error day sent skipped_at",
            "State of the site's checker.",
        ),
        "posts": Impersonal(
            "id site_id external_id title url state version comment_count announced minute"
            " minute_count minute_before flooded_until event_at rules published_at origin"
            " created_at",
            "The site's articles.",
        ),
        "hook_posts": Impersonal(
            "site_id adapter foreign_id post_id withdrawn", "The site's articles."
        ),
        "hook_deliveries": Impersonal(
            "id site_id adapter delivery event post outcome code received_at",
            "Events about articles, without their content.",
        ),
        "webhook_deliveries": Impersonal(
            "id event_id endpoint_id comment_id state attempts due_at leased_until last_error log"
            " created_at finished_at",
            "Times, statuses and errors of deliveries; the content is in `outbox`.",
        ),
        "received_events": Impersonal(
            "site_id webhook_id type comment_id comment_status received_at",
            "Ids of the site's events, so that a repeated one adds no comment again.",
        ),
        "link_hosts": Impersonal(
            "site_id host spam fine",
            "Counts by linked host. A host that only the erased comments link to is removed.",
        ),
        "akismet_usage": Impersonal(
            "site_id month blog api_calls spam ham missed_spam false_positives", _COUNTED
        ),
        "reported_comments": Impersonal(
            "comment_id site_id reporters weight first_at last_at priority_at", _COUNTED
        ),
        "post_redirects": Impersonal(
            "site_id external_id post_id created_at", "Earlier ids of the site's articles."
        ),
        "site_exports": Impersonal(
            "id site_id state format since posts actor_name created_at touched_at holder"
            " leased_until tries done total size sha256 ready_at expires_at downloaded_by"
            " error_code error",
            "Orders of exports, with the names of the moderators who ordered and downloaded them."
            " The file itself is in the data folder for a day, or until a person of the site is"
            " erased.",
        ),
        "site_imports": Impersonal(
            "id site_id state size received options sha256 actor_name created_at touched_at holder"
            " leased_until tries stage done total found tally error_code error",
            "Choices, addresses of pages, and counts. The uploaded file itself is in the data"
            " folder, until the import ends or for a day.",
        ),
        "vote_refreshes": Impersonal("comment_id due_at", "Comments whose totals change soon."),
        "leases": Impersonal("job holder expires_at", "Which process runs a job."),
        "moderators": Impersonal(
            "id login password_hash role display_name name_wish email email_confirmed_at mail"
            " mail_hour mail_zone mail_seen_at mailed_at totp_nonce totp_added_at totp_step"
            " created_at disabled_at",
            _STAFF,
        ),
        "site_roles": Impersonal("moderator_id site_id role", _STAFF),
        "tokens": Impersonal(
            "id name digest scopes site_id created_at created_by expires_at", _STAFF
        ),
        "token_origins": Impersonal(
            "token_id by_moderator moderator_id by_token parent_id", _STAFF
        ),
        "recovery_codes": Impersonal("id moderator_id salt digest", _STAFF),
        "account_notices": Impersonal(
            "id moderator_id kind detail recipient attempts due_at created_at", _STAFF
        ),
        "console_sessions": Impersonal(
            "digest moderator_id csrf_token agent created_at seen_at authenticated_at expires_at",
            _STAFF,
        ),
    }
)
