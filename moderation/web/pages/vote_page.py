"""Votes without JavaScript: the response to a vote's form, with a form that takes it back.

The page of a thread is the same for every reader, so only this response shows a reader's vote.
"""

from uuid import UUID

from flask import Blueprint, Response, g, request

from moderation.domain.errors import CommentNotFound, FieldError, Invalid
from moderation.domain.network import client_network
from moderation.domain.votes import Votes, votes_on
from moderation.services.comments import threads
from moderation.services.community import votes

from ..auth import runtime, utcnow
from ..client_address import client_address
from ..database import db
from ..rate_limits import limit_votes
from .render import (
    article_of,
    known_post,
    language,
    links_of,
    refuse_other_pages,
    render_page,
)

bp = Blueprint("vote_page", __name__, template_folder="templates")

_VALUES = {"1": 1, "-1": -1, "0": 0}


@bp.post("/votes/<uuid:comment_id>")
@limit_votes
def vote(comment_id: UUID) -> Response:
    """Store a guest's vote and show the new totals."""
    value = _VALUES.get(request.form.get("value", ""))
    if value is None:
        raise Invalid("A vote is 1, -1 or 0.", errors=(FieldError("value", "not a vote"),))
    site = threads.site_of_comment(db.session(), comment_id)
    if site is None:
        raise CommentNotFound("There is no such comment, or it is not public.")
    g.site = site
    refuse_other_pages()
    reader = votes.Reader(network=client_network(client_address()))
    tally = votes.vote(db.session(), runtime(), site, comment_id, reader, value, now=utcnow())
    external_id = threads.post_of(db.session(), comment_id)
    post = known_post(external_id)
    response = render_page(
        "embed_vote.html",
        200,
        tally=tally,
        comment_id=comment_id,
        action=f"/votes/{comment_id}{language()}",
        links=links_of(site.name, external_id, here=False),
        article=article_of(post),
        title=post.title if post is not None else "",
        down=votes_on(site.settings) is Votes.UPDOWN,
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response
