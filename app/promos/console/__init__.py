"""Promos in the console."""

from flask import Blueprint

from app.promos.console import attention, calendar, changes, detail, finding, holds, promo_form, promos, verbs

blp = Blueprint("promos_console", __name__, url_prefix="/console")
for page in (promos, holds):
    blp.register_blueprint(page.blp)
attention.hang_up()
finding.hang_up()

__all__ = ["blp", "calendar", "changes", "detail", "promo_form", "verbs"]
