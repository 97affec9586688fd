"""Review API: statistics of the sites."""

from typing import Any

from flask import Response

from moderation.services.review import statistics

from ..auth import reviewer_required, utcnow
from ..database import db
from ..responses import conditional, dumps
from ..schemas.review import CountsIn
from ..schemas.statistics import MetricsOut
from .framework import ApiBlueprint
from .review import TOKEN, site_ids

bp = ApiBlueprint("statistics", __name__, url_prefix="/api/v1/review", description="Review API")


@bp.get("/metrics")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(CountsIn, location="query")
@bp.response(200, MetricsOut)
def read_metrics(query: dict[str, Any]) -> Response:
    """Read queue sizes, waiting times and how often rules are overturned."""
    return conditional(
        dumps(statistics.summary(db.session(), site_ids(query["site"]), now=utcnow()))
    )
