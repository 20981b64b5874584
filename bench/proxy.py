"""nginx as deploy/nginx has it, in front of programs of this machine: all that differs is where everybody is."""

import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.figures import BenchError
from devstack.ports import listen
from devstack.processes import end, spawn

DEPLOYED = Path(__file__).resolve().parents[1] / "deploy" / "nginx"
MOST = 200


@contextmanager
def proxied(folder: Path, *, web: int, web2: int, live: int, most: int = MOST) -> Iterator[int]:
    """Its port; it writes into this folder, and reads what `added` has put there."""
    with listen(0, "PORT") as probe:
        port: int = probe.getsockname()[1]
    places = {
        "web.inside:8000": f"127.0.0.1:{web}",
        "web2.inside:8000": f"127.0.0.1:{web2}",
        "live.inside:8028": f"127.0.0.1:{live}",
        f"max_conns={MOST}": f"max_conns={most}",
        "listen 8080": f"listen 127.0.0.1:{port}",
        " /tmp/": f" {folder}/",
        "/etc/holdfast/": f"{folder}/",
    }
    text = (DEPLOYED / "nginx.conf").read_text(encoding="utf-8")
    for before, after in places.items():
        text = text.replace(before, after)
    (folder / "nginx.conf").write_text(text)
    with (folder / "log").open("wb") as log:
        nginx = spawn(["nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"], env=os.environ, output=log)
    try:
        while not _listens(port):
            if nginx.poll() is not None:
                raise BenchError(f"nginx ended: {(folder / 'log').read_text()}")
            time.sleep(0.02)
        yield port
    finally:
        end(nginx, (signal.SIGTERM, 5.0))


def added(folder: Path, name: str, changes: Mapping[str, str] | None = None) -> None:
    """What a file beside says too: tls.conf, or behind.conf."""
    text = (DEPLOYED / name).read_text(encoding="utf-8").replace("/etc/holdfast/", f"{folder}/")
    for before, after in (changes or {}).items():
        text = text.replace(before, after)
    (folder / "more").mkdir()
    (folder / "more" / name).write_text(text, encoding="utf-8")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
