"""A comment of a foreign platform that waits for a moderator."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from moderation.domain.judgement import Cause, Signal, Verdict
from moderation.domain.reasons import Code
from moderation.domain.status import Outcome
from moderation.services.compat import foreign
from moderation.services.compat.foreign import Foreign, Source
from moderation.services.sites import registry
from moderation.web.database import db
from moderation.web.state import app_state

VERDICT = Verdict(
    Outcome.HOLD,
    (Cause(Signal(Code.INSULT, 0.8, "Reads as an insult."), 0.55, Outcome.HOLD),),
    {"insult": 0.8},
    {"toxicity": "1"},
    "thresholds-2:test",
)
WAITING = Foreign(
    Source.AKISMET,
    "A plum tree, cnryforeigntext.",
    VERDICT,
    "guid-1",
    author_name="Ada cnryforeignname",
    author_email="cnryforeignmail@mail.example",
    author_website="https://cnryforeignsite.example",
    address="192.0.2.7",
    place_url="https://blog.example/cnryforeignpage",
    place_title="About cnryforeigntitle",
    callback="https://blog.example/wp-json/akismet/v1/webhook",
    details={"kind": "comment", "post_id": "12", "parent": "0", "blog": "https://blog.example"},
)


@pytest.fixture
def hold(app: Flask, site: Any, clock: Any) -> Callable[..., UUID]:
    """Hold a foreign comment; keyword arguments replace its fields."""

    def hold_it(**changes: Any) -> UUID:
        with app.app_context():
            session = db.session()
            found = registry.find(session, "news")
            held = foreign.hold_foreign(
                session,
                app_state(app).signing,
                found,
                replace(WAITING, **changes),
                now=clock.now,
            )
            db.session.remove()
        return held

    return hold_it
