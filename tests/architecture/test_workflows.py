"""The workflows check what `make check` checks, with the least rights, and end."""

import re
from typing import Any

import pytest

from tests.architecture.source import ROOT

yaml = pytest.importorskip("yaml", reason="PyYAML belongs to the check lock")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    return found


def jobs(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    """What it does itself; the rest is another of these workflows."""
    found = workflow["jobs"].values()
    others = {job["uses"] for job in found if "uses" in job}
    assert others <= {f"./.github/workflows/{path.name}" for path in WORKFLOWS}
    return [job for job in found if "uses" not in job]


def test_every_supported_python_is_checked_by_make_check() -> None:
    job = read("check.yml")["jobs"]["check"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert any(step.get("run", "").startswith("make check") for step in job["steps"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_reads_only_unless_it_says_so_and_has_an_end(path: Any) -> None:
    found = read(path.name)
    assert found["permissions"] == {"contents": "read"}
    assert all(0 < job["timeout-minutes"] <= 90 for job in jobs(found))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_has_a_version_and_no_secret_is_written_to_a_command(path: Any) -> None:
    for job in jobs(read(path.name)):
        for step in job["steps"]:
            assert "uses" not in step or re.fullmatch(r"[\w./-]+@(v\d+|[0-9a-f]{40})", step["uses"]), step
            assert "${{" not in step.get("run", ""), "an expression in a command can be anybody's text"


def test_an_image_is_published_from_a_tag_alone_that_is_checked_and_after_the_services_came_up_with_it() -> None:
    found = read("image.yml")
    assert found[True] == {"push": {"tags": ["v*"]}}, "YAML reads `on` as true"
    tried, published = found["jobs"]["try"], found["jobs"]["publish"]
    done = [step["run"] for step in tried["steps"] if "run" in step]
    up, asked = (next(n for n, run in enumerate(done) if what in run) for what in ("compose up", "curl"))
    assert up < asked
    assert published["needs"] == ["check", "try"]
    assert found["jobs"]["check"] == {"uses": "./.github/workflows/check.yml"}
    assert "workflow_call" in read("check.yml")[True]
    assert [name for name, job in found["jobs"].items() if "packages" in job.get("permissions", {})] == ["publish"]
