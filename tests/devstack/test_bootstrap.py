import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.devstack.running import ROOT

LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-check.txt")
AS_PYTHON_3_9 = """
import runpy, sys
sys.version_info = (3, 9, 1, "final", 0)
runpy.run_module("devstack.bootstrap", run_name="__main__")
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with lock files that lock nothing, so that no package index is needed."""
    found = tmp_path / "a tree with spaces"
    shutil.copytree(ROOT / "devstack", found / "devstack")
    for lock in LOCKS:
        (found / lock).write_text("")
    return found


def begin(tree: Path, lock_set: str = "run") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "devstack.bootstrap", lock_set]
    return subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def bootstrap(tree: Path, lock_set: str = "run") -> str:
    process = begin(tree, lock_set)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert subprocess.run([tree / ".venv/bin/python", "-c", "pass"], check=False).returncode == 0
    return errors


def test_a_finished_environment_is_left_alone(tree: Path) -> None:
    assert "Making .venv" in bootstrap(tree)
    before = (tree / ".venv" / "pyvenv.cfg").stat().st_mtime_ns
    assert bootstrap(tree) == ""
    assert (tree / ".venv" / "pyvenv.cfg").stat().st_mtime_ns == before


@pytest.mark.parametrize("broken", ["bin/python", "holdfast.stamp"])
def test_a_broken_or_half_made_environment_is_made_anew(tree: Path, broken: str) -> None:
    bootstrap(tree)
    leftover = tree / ".venv" / "leftover"
    leftover.write_text("")
    (tree / ".venv" / broken).unlink()
    assert "Making .venv" in bootstrap(tree)
    assert not leftover.exists()


def test_a_changed_lock_makes_it_anew(tree: Path) -> None:
    bootstrap(tree)
    (tree / "requirements.txt").write_text("# another lock\n")
    assert "Making .venv" in bootstrap(tree)
    assert bootstrap(tree) == ""


def test_the_check_set_is_added_to_what_is_there(tree: Path) -> None:
    bootstrap(tree)
    assert "Making .venv" not in bootstrap(tree, "check")
    assert bootstrap(tree, "run") == ""


def test_two_at_once_build_one_environment(tree: Path) -> None:
    both = [begin(tree), begin(tree)]
    said = "".join(process.communicate(timeout=60)[1] for process in both)
    assert [process.returncode for process in both] == [0, 0], said
    assert said.count("Making .venv") == 1


def test_a_tree_that_cannot_be_written_to_is_one_clear_line(tree: Path) -> None:
    (tree / ".venv.lock").mkdir()
    process = begin(tree)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.startswith("The virtual environment cannot be made: ")
    assert errors.count("\n") == 1


def test_an_old_python_is_told_so() -> None:
    ast.parse((ROOT / "devstack" / "bootstrap.py").read_text(), feature_version=(3, 7))
    old = subprocess.run(
        [sys.executable, "-c", AS_PYTHON_3_9],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert old.returncode == 1
    assert old.stderr.startswith("Holdfast needs Python 3.11 or newer, this is 3.9")
