"""Customers and segments in the console."""

from flask import Blueprint

blp = Blueprint("customers_console", __name__, url_prefix="/console")
