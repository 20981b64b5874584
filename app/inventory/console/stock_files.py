"""A stock file in the browser: chosen, checked row by row, then applied as it was checked."""

from typing import Any

from flask import Response, current_app, make_response, render_template, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.core import csvs
from app.core.access import caller, requires
from app.core.edge import unit
from app.core.errors import BodyTooLarge, CsvUnreadable
from app.core.roles import Role
from app.inventory import queries
from app.inventory.console import presentation
from app.inventory.console.products import blp
from app.inventory.service import stock_files

SHOWN = 200
# What a form may carry, less what else is in it.
LONGEST = 1_000_000


@blp.get("/import")
@requires(Role.OPERATOR)
def choose_file() -> Response:
    """Choose a file."""
    return _page()


@blp.post("/import")
@requires(Role.OPERATOR)
def check_file() -> Response:
    """Say what the file would do."""
    sent = request.files.get("file")
    content = sent.read() if sent else b""
    try:
        report = stock_files.take(content=content, dry_run=True)
    except CsvUnreadable as refusal:
        return _page(error=refusal.text(), status=422)
    return _page(report=report, sealed=_sealed(content), filename=sent.filename if sent else "")


@blp.post("/import/apply")
@requires(Role.OPERATOR)
def apply_file() -> Response:
    """Apply the file that was checked."""
    try:
        content: str = _signer().loads(request.form.get("sealed", ""))
    except BadSignature:
        return _page(error="This is not the file that was checked. Choose it again.", status=422)
    return _page(report=stock_files.take(content=content.encode(), dry_run=False))


@blp.get("/stock.csv")
@requires(Role.VIEWER)
@unit("report")
def export_stock() -> Response:
    """The stock of the filtered list as a file that can be edited and sent back."""
    which, _ = presentation.products_asked(request.args)
    return csvs.attachment("stock.csv", stock_files.COLUMNS, stock_files.as_rows(queries.counted_stock(which)))


def _page(*, status: int = 200, **values: Any) -> Response:
    return make_response(render_template("products/import.html", shown=SHOWN, **values), status)


def _sealed(content: bytes) -> str:
    """The file as the page carries it from its check to its use, signed for whoever checked it."""
    sealed = str(_signer().dumps(content.decode()))
    if len(sealed) > LONGEST:
        raise BodyTooLarge(limit_bytes=LONGEST)
    return sealed


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"stock-file:{caller().user_id}")
