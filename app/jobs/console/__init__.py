"""Jobs, dead letters and schedules in the console."""

from flask import Blueprint

from app.jobs.console import attention, dead, history, schedules

blp = Blueprint("jobs_console", __name__, url_prefix="/console/ops")
for page in (history, dead, schedules):
    blp.register_blueprint(page.blp)
attention.hang_up()

__all__ = ["blp"]
