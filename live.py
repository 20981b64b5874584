"""The live process: event streams, for gunicorn's gevent worker with deploy/live.conf.py."""

from app.core.live.cooperative import let_others_run
from app.core.web import settings_of
from app.factory import create_app

app = create_app(for_live=True)
# A second longer than PostgreSQL itself lets a statement run.
let_others_run(settings_of(app).statement_timeout_ms / 1000 + 1)
