"""Review API: statistics of the sites."""

from typing import Any

from flask import Response

from moderation.services.review import statistics

from ..auth import reviewer_required, utcnow
from ..database import db
from ..responses import conditional, dumps
from ..schemas.statistics import MetricsIn, MetricsOut
from .framework import ApiBlueprint
from .review import TOKEN, site_ids

bp = ApiBlueprint("statistics", __name__, url_prefix="/api/v1/review", description="Review API")


@bp.get("/metrics")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(MetricsIn, location="query")
@bp.response(200, MetricsOut)
def read_metrics(query: dict[str, Any]) -> Response:
    """Read queue sizes, waiting times, decisions side by side, and overturned rules."""
    sites, days = site_ids(query["site"]), query["days"]
    return conditional(dumps(statistics.summary(db.session(), sites, now=utcnow(), days=days)))
