"""Customers and segments in the console."""

from flask import Blueprint

from app.customers.console import customer_form, customers, finding, members, segment_form, segments

__all__ = ["blp", "customer_form", "members", "segment_form"]

blp = Blueprint("customers_console", __name__, url_prefix="/console")

for page in (customers, segments):
    blp.register_blueprint(page.blp)
finding.hang_up()
