"""Promos as JSON."""

from flask import Response

from app.core import jsons
from app.core.api import json_response
from app.core.etags import tag
from app.core.sparse import shown
from app.promos import queries
from app.promos.schemas import PromoOut


def answer(promo_id: int, *, fields: str | None = None, status: int = 200) -> Response:
    """The present state of a promo, as staff see it."""
    schema = shown(PromoOut, fields)
    row = queries.promo(promo_id)
    response = json_response(jsons.dump(schema.dump(row)), status)
    response.headers["ETag"] = tag(row.version)
    return response
