"""Vendored files are exactly those of the versions that are written down."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import ROOT

VENDOR = ROOT / "static" / "vendor"
LISTS = {"README.md", "vendored.json"}


def differences(folder: Path) -> Iterator[str]:
    listed = _listed(folder)
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    yield from (f"{name} is not listed" for name in sorted(found.keys() - listed.keys() - LISTS))
    yield from (f"{name} is missing" for name in sorted(listed.keys() - found.keys()))
    for name in sorted(listed.keys() & found.keys()):
        if hashlib.sha256(found[name].read_bytes()).hexdigest() != listed[name]:
            yield f"{name} was changed"


def _listed(folder: Path) -> dict[str, str]:
    packages = json.loads((folder / "vendored.json").read_text(encoding="utf-8"))
    return {f"{package['folder']}/{name}": sha for package in packages for name, sha in package["files"].items()}


def test_vendored_files_match_their_hashes() -> None:
    assert list(differences(VENDOR)) == []


def test_every_vendored_package_names_its_version_and_licence() -> None:
    for package in json.loads((VENDOR / "vendored.json").read_text(encoding="utf-8")):
        assert package["folder"] == f"{package['name']}-{package['version']}"
        assert package["licence"]
        assert package["source"].startswith("https://")


def test_changed_missing_and_unlisted_files_are_found(tmp_path: Path) -> None:
    sha = hashlib.sha256(b"right").hexdigest()
    listed = [{"folder": "a-1", "files": {"same.js": sha, "changed.js": sha, "missing.js": sha}}]
    (tmp_path / "vendored.json").write_text(json.dumps(listed))
    (tmp_path / "a-1").mkdir()
    for name, text in (("same.js", "right"), ("changed.js", "wrong"), ("stray.js", "")):
        (tmp_path / "a-1" / name).write_text(text)
    assert list(differences(tmp_path)) == [
        "a-1/stray.js is not listed",
        "a-1/missing.js is missing",
        "a-1/changed.js was changed",
    ]
