import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.devstack.running import ROOT, RunningStack, processes_of

PARTS = [
    "app",
    "deploy",
    "devstack",
    "migrations",
    "static",
    "templates",
    "wsgi.py",
    "live.py",
    "worker.py",
    "scheduler.py",
]
StartStack = Callable[..., RunningStack]


@pytest.fixture
def start_stack(tmp_path: Path) -> Iterator[StartStack]:
    """Starts real stacks, each in a folder of its own unless told otherwise, and leaves none behind."""
    started: list[RunningStack] = []

    def start(home: Path | None = None, tree: Path = ROOT, **environ: str) -> RunningStack:
        stack = RunningStack(home or tmp_path / f"home-{len(started)}", tree, environ)
        started.append(stack)
        return stack

    yield start
    for stack in started:
        stack.supervisor.kill()
        stack.supervisor.wait()
        for process in processes_of(stack.home):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


@pytest.fixture
def awkward_tree(tmp_path: Path) -> Path:
    """A copy of this tree in a very long folder with spaces."""
    tree = tmp_path / "a folder with spaces" / ("long" * 30) / ("longer" * 20)
    tree.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree / part)
    return tree


@pytest.fixture
def run_supervisor(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a supervisor that is expected to refuse."""

    def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "devstack.supervisor", *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOLDFAST_HOME": str(tmp_path / "home"), **environ},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return run
