"""The worker that gunicorn runs for `wsgi:app`: a line that does not grow before it, and no loss when it leaves."""

from app.core.draining import DrainingWorker
from app.core.overload.worker import LineWorker


class WebWorker(LineWorker, DrainingWorker):
    """Both: each of their methods ends in the other's."""
