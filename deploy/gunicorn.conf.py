"""gunicorn's settings for `wsgi:app`; see .env.example for the variables."""

import ctypes
import logging
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, Protocol

_metrics = Path(os.environ.get("HOLDFAST_HOME") or "./var") / "run" / f"metrics-web-{os.environ.get('PORT') or '8000'}"
# prometheus_client reads it when it is imported: neither this file nor the application does that before this line.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_metrics.absolute()))

bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or '8000'}"
worker_class = "app.core.webworker.WebWorker"
workers = int(os.environ.get("WORKERS") or 2)
threads = int(os.environ.get("WEB_THREADS") or 8)
backlog = 1024
worker_connections = 2000
timeout = 30
graceful_timeout = 10
keepalive = 5
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
control_socket_disable = True
# The application writes its own access log, with request ids.
accesslog = None
# What gunicorn itself says of its processes stands there in the same form.
logconfig_dict = {
    "formatters": {"ours": {"()": "app.core.logging.formatter", "fmt": os.environ.get("LOG_FORMAT") or "json"}},
    "handlers": {"ours": {"class": "logging.StreamHandler", "formatter": "ours", "stream": "ext://sys.stdout"}},
    "root": {"level": "WARNING", "handlers": ["ours"]},
    "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": ["ours"], "propagate": False}},
}
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a heartbeat must not wait for a disk
proc_name = "holdfast-web"

_most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _most))


class Worker(Protocol):
    """What is used of gunicorn's worker."""

    pid: int
    ppid: int
    wsgi: object
    door: object


def on_starting(_server: object) -> None:
    """The master, before it binds and forks: in a folder of its own, metrics of an earlier run are gone."""
    from app.core import draining  # noqa: PLC0415 - see above

    draining.listen_when_serving()
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    if folder == _metrics.absolute():
        for leftover in folder.glob("*.db"):
            leftover.unlink(missing_ok=True)


class Server(Protocol):
    """What is used of gunicorn's master."""

    worker_class: Any


def on_reload(server: Server) -> None:
    """Who is forked from here on succeeds the others."""
    server.worker_class.generation += 1


def post_fork(_server: object, worker: Worker) -> None:
    """A worker dies with its master, also when that is killed; it runs the code that lies there now."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != worker.ppid:
        os._exit(1)
    for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
        del sys.modules[name]  # read by the master, who may be older than a reload


def post_worker_init(worker: Worker) -> None:
    """The process says that it is here."""
    from app.core import patience, presence, replica, standstill, web  # noqa: PLC0415 - see above
    from app.core.overload import door  # noqa: PLC0415 - see above

    if isinstance(worker.wsgi, web.HoldfastApp):
        patience.keep_watch(web.settings_of(worker.wsgi).statement_timeout_ms)
        standstill.keep_watch(web.settings_of(worker.wsgi))
        presence.keep(worker.wsgi)
        replica.keep_looking(worker.wsgi)
        worker.door = door.Door(worker.wsgi, worker_connections)
    say_it_our_way()


def say_it_our_way() -> None:
    """What gunicorn says of a request goes our way, without the request's words."""
    logger = logging.getLogger("gunicorn.error")
    logger.handlers.clear()
    logger.propagate = True
    logger.addFilter(_without_words)


def _without_words(record: logging.LogRecord) -> bool:
    """A request that cannot be read, or what follows its path, may hold a token."""
    if str(record.msg).startswith("Invalid request from"):
        record.msg = str(record.msg).partition(": ")[0]
    if isinstance(record.args, tuple):
        record.args = tuple(part.partition("?")[0] if isinstance(part, str) else part for part in record.args)
    return True


def child_exit(_server: object, worker: Worker) -> None:
    """Gauges of a worker end with it; its counters stay."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - see above

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
