"""Counted stock as a CSV file: sent to be checked or applied, and fetched in the same columns."""

from typing import Any

from flask import Response, request

from app.core import csvs, jsons
from app.core.access import requires
from app.core.api import Blueprint, json_response
from app.core.edge import unit
from app.core.errors import CsvExpected, CsvUnreadable, ValidationFailed
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.inventory import queries
from app.inventory.queries import ProductFilter
from app.inventory.schemas import ProductChoice, StockImportOut, StockImportQuery
from app.inventory.service import stock_files

blp = Blueprint("stock-files", __name__, url_prefix="/api/v1/products", description="Counted stock as a CSV file.")

EXAMPLE = "sku,set_to,expected,reason,row_key\r\nTEA-250,60,50,delivery 4711,4711-1\r\n"
FILE = {"text/csv": {"schema": {"type": "string"}, "example": EXAMPLE}}


@blp.route("/stock-imports", methods=["POST"])
@blp.arguments(StockImportQuery, location="query")
@blp.doc(requestBody={"required": True, "content": FILE})
@blp.response(200, StockImportOut)
@blp.refuses(CsvUnreadable, CsvExpected, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def import_stock(query: dict[str, Any]) -> Response:
    """Set the stock by a CSV file: rows that can be applied are, once for each `row_key`; the others are told."""
    if request.mimetype != "text/csv":
        raise CsvExpected
    report = stock_files.take(content=jsons.sent_bytes(request), dry_run=query["dry_run"])
    return json_response(jsons.dump(StockImportOut().dump(report)))


@blp.route("/stock-export")
@blp.arguments(ProductChoice, location="query")
@blp.doc(responses={"200": {"description": "A file to be edited and sent back.", "content": FILE}})
@blp.refuses(ValidationFailed)
@requires(Role.VIEWER)
@unit("report")
def export_stock(query: dict[str, Any]) -> Response:
    """Fetch the stock as a file that can be edited and sent back."""
    rows = queries.counted_stock(ProductFilter(**query))
    return csvs.attachment("stock.csv", stock_files.COLUMNS, stock_files.as_rows(rows))
