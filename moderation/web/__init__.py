"""HTTP: views load, call one service and dump. No SQL, no business rules.

Importing the package loads no web framework: a server may ask for a part that needs none.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: "Flask") -> None:
    """Attach everything that answers requests."""
    from . import (
        comments,
        compression,
        console,
        cors,
        desk,
        embed,
        errors,
        gate,
        headers,
        intake,
        limits,
        mail,
        own_page,
        pages,
        ready,
        review,
        rules,
        second_factor,
        settings,
        site,
        staff,
        watching,
    )
    from .api import ModerationApi, PostConverter

    # `posts/%2F2026%2Fa` is the post `/2026/a`; merging slashes would make it another.
    app.url_map.merge_slashes = False
    app.url_map.converters["post"] = PostConverter
    compression.register(app)
    headers.register(app)
    limits.register(app)
    api = ModerationApi(app)
    for blueprint in (
        comments.bp,
        review.bp,
        desk.bp,
        rules.bp,
        settings.bp,
        staff.bp,
        second_factor.bp,
        site.bp,
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(pages.bp)
    app.register_blueprint(console.bp)
    app.register_blueprint(mail.bp)
    app.register_blueprint(embed.bp)
    app.register_blueprint(own_page.bp)
    watching.register(app)
    cors.register(app)
    errors.register(app)
    intake.register(app)
    gate.register(app)
    ready.register(app)
