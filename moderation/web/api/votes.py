"""Public API: votes of readers on comments."""

from typing import Any
from uuid import UUID

from flask import Response, g

from moderation.domain.network import client_network
from moderation.services.community import votes
from moderation.services.sites import registry

from ..auth import edit_tokens, runtime, signed_in, utcnow
from ..client_address import client_address
from ..database import db
from ..rate_limits import limit_votes
from ..responses import dumps
from ..schemas.votes import TallyOut, VoteIn
from .framework import ApiBlueprint

bp = ApiBlueprint("votes", __name__, url_prefix="/api/v1", description="Votes of readers")


@bp.put("/sites/<site>/comments/<uuid:comment_id>/vote")
@bp.doc(security=[{}, {"signOn": []}])
@limit_votes
@bp.arguments(VoteIn())
@bp.response(200, TallyOut)
def vote(ballot: dict[str, Any], site: str, comment_id: UUID) -> Response:
    """Vote on a comment, or take the vote back; a repetition changes nothing."""
    g.site = registry.find(db.session(), site)
    reader = votes.Reader(
        network=client_network(client_address()),
        browser=ballot["browser"],
        member=signed_in(g.site),
        is_author=comment_id in map(runtime().proven_comment, edit_tokens()),
    )
    tally = votes.vote(
        db.session(), runtime(), g.site, comment_id, reader, ballot["value"], now=utcnow()
    )
    counted = {"up": tally.up, "down": tally.down, "own": tally.own}
    return dumps(counted, headers={"Cache-Control": "no-store"})
