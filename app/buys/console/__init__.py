"""The analytics of promos in the console."""

from flask import Blueprint

from app.buys.console import analytics, comparison, home

blp = Blueprint("buys_console", __name__, url_prefix="/console")
blp.register_blueprint(analytics.blp)
home.hang_up()

__all__ = ["blp", "comparison"]
