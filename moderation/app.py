"""Builds the web application from its settings."""

from flask import Flask

from . import filters
from .config import Settings, SettingsError
from .filters.profanity.word_list import WordListMissing
from .logging import configure_logging
from .services.signing import Signing
from .services.sites.sign_on_keys import KeySets
from .services.webhooks.sns import Topics
from .startup import load_settings
from .storage.engine import open_store
from .storage.file_permissions import keep_private
from .web import compression, cors, errors, headers, metrics, rate_limits
from .web.api import (
    accounts,
    appeals,
    article,
    audit,
    authors,
    bulk,
    checks,
    comments,
    exports,
    hooks,
    imports,
    keys,
    prepared_exports,
    privacy,
    reports,
    review,
    rules,
    second_factor,
    site_settings,
    statistics,
    votes,
    webhook_endpoints,
    webhooks,
)
from .web.api.framework import AuthorConverter, ModerationApi, PostConverter
from .web.compat import akismet, coral, openai, perspective
from .web.database import db
from .web.middleware import cached_routes, fast_submit, request_limit
from .web.pages import (
    api_docs,
    avatars,
    console_import,
    embed,
    error_pages,
    feeds,
    follow,
    health,
    mail_actions,
    own_comment,
    reader_mail,
    report,
    vote_page,
    widget,
)
from .web.pages import privacy as privacy_page
from .web.state import AppState


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; without settings it reads them from the environment."""
    if settings is None:
        settings = load_settings()
    else:
        configure_logging(settings)
        keep_private(settings)
    # The first comment must not pay for loading lists and models.
    try:
        filters.load()
    except WordListMissing as problem:
        raise SettingsError(str(problem)) from None
    app = Flask("moderation", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.url,
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    app.extensions["moderation"] = AppState(
        settings,
        Signing(settings),
        open_store(settings),
        KeySets(settings.allowed_networks),
        Topics(settings.allowed_networks),
    )
    db.init_app(app)
    _register(app)
    return app


def _register(app: Flask) -> None:
    """Attach everything that answers requests."""
    # `posts/%2F2026%2Fa` is the post `/2026/a`; merging slashes would make it another.
    app.url_map.merge_slashes = False
    app.url_map.converters["post"] = PostConverter
    app.url_map.converters["author"] = AuthorConverter
    compression.register(app)
    headers.register(app)
    rate_limits.register(app)
    api = ModerationApi(app)
    for blueprint in (
        comments.bp,
        reports.bp,
        votes.bp,
        article.bp,
        review.bp,
        authors.bp,
        bulk.bp,
        audit.bp,
        exports.bp,
        prepared_exports.bp,
        imports.bp,
        statistics.bp,
        rules.bp,
        site_settings.bp,
        webhook_endpoints.bp,
        accounts.bp,
        second_factor.bp,
        webhooks.bp,
        hooks.bp,
        hooks.review_bp,
        keys.bp,
        checks.bp,
        appeals.bp,
        appeals.review_bp,
        privacy.bp,
        privacy.review_bp,
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(health.bp)
    app.register_blueprint(api_docs.bp)
    app.register_blueprint(widget.bp)
    app.register_blueprint(avatars.bp)
    app.register_blueprint(feeds.bp)
    app.register_blueprint(console_import.bp)
    app.register_blueprint(mail_actions.bp)
    app.register_blueprint(reader_mail.bp)
    app.register_blueprint(embed.bp)
    app.register_blueprint(own_comment.bp)
    app.register_blueprint(report.bp)
    app.register_blueprint(vote_page.bp)
    app.register_blueprint(follow.bp)
    app.register_blueprint(privacy_page.bp)
    app.register_blueprint(coral.bp)
    metrics.register(app)
    cors.register(app)
    errors.register(app)
    error_pages.register(app)
    fast_submit.register(app)
    request_limit.register(app)
    perspective.register(app)
    openai.register(app)
    akismet.register(app)
    cached_routes.register(app)
