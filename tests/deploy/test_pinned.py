"""What is pinned is renewed: each file that names an image or an action is one that Dependabot reads."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.cluster import ROOT, built

GITHUB = ROOT / ".github"
FOREIGN = re.compile(r"^\s*(?:- )?image: (?!holdfast\b)\S+:", re.MULTILINE)
# The first versions with the fixes of CVE-2025-49844, by which who may run a script runs code in the server.
MENDED = {"redis": (7, 4, 6), "valkey/valkey": (8, 1, 4)}


def renewed(ecosystem: str) -> set[str]:
    entries: list[dict[str, Any]] = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))["updates"]
    (entry,) = (each for each in entries if each["package-ecosystem"] == ecosystem)
    assert entry["schedule"]["interval"] == "weekly"
    return set(entry.get("directories", [entry.get("directory")]))


def folder_of(file: Path) -> str:
    return f"/{file.parent.relative_to(ROOT)}".removesuffix(".")


def images() -> set[str]:
    files = [ROOT / "docker-compose.yml", *(ROOT / "deploy").rglob("*.yaml")]
    return {name for file in files for name in re.findall(r"image: (\S+:\S+)$", file.read_text("utf-8"), re.MULTILINE)}


def test_whoever_names_an_image_or_an_action_is_read() -> None:
    manifests = [file for file in (ROOT / "deploy").rglob("*.yaml") if FOREIGN.search(file.read_text("utf-8"))]
    assert renewed("docker") == {folder_of(file) for file in [ROOT / "Dockerfile", *manifests]}
    assert renewed("docker-compose") == {folder_of(ROOT / "docker-compose.yml")}
    assert renewed("github-actions") == {"/"}


def test_no_server_is_one_of_those_that_run_what_a_script_smuggles_in() -> None:
    found = {name: version for name, version in (image.split(":", 1) for image in images()) if name in MENDED}
    assert found.keys() == MENDED.keys()
    for name, version in found.items():
        assert tuple(map(int, version.partition("-")[0].split("."))) >= MENDED[name]


def test_the_examples_postgresql_is_that_of_the_compose_file() -> None:
    (database,) = built("examples/postgresql").objects
    (version,) = re.findall(r"image: postgres:([\d.]+)-", (ROOT / "docker-compose.yml").read_text("utf-8"))
    assert database["spec"]["imageName"].endswith(f":{version}")
