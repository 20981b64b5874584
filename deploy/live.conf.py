"""gunicorn's settings for `live:app`, the process that holds event streams: what differs from those for `wsgi:app`."""

import os
from pathlib import Path
from runpy import run_path
from typing import Any

_web = run_path(str(Path(__file__).with_name("gunicorn.conf.py")))

bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('LIVE_PORT') or '8028'}"
worker_class = "gevent"
workers = 1
# Beside the streams: health, metrics, and whoever is told that there is no room.
worker_connections = int(os.environ.get("LIVE_STREAMS") or 1000) + 200
backlog = 1024
timeout = _web["timeout"]
graceful_timeout = 3
keepalive = _web["keepalive"]
control_socket_disable = True
accesslog = None
logconfig_dict = _web["logconfig_dict"]
worker_tmp_dir = _web["worker_tmp_dir"]
proc_name = "holdfast-live"

post_fork = _web["post_fork"]
child_exit = _web["child_exit"]


def on_starting(_server: object) -> None:
    """The figures of web processes lie in the same folder: nothing there is removed."""
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)


def post_worker_init(worker: Any) -> None:
    """Streams never end by themselves: they are ended when the worker is told to stop."""
    from app.core import live  # noqa: PLC0415 - prometheus_client reads where figures go when it is imported

    live.serve(worker.wsgi, lambda: not worker.alive)
    _web["say_it_our_way"]()
