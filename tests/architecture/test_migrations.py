"""Migrations form one line."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.architecture.source import ROOT


def heads(folder: Path) -> list[str]:
    config = Config()
    # Alembic's config interpolates percent signs.
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return list(ScriptDirectory.from_config(config).get_heads())


def test_there_is_one_migration_head() -> None:
    assert len(heads(ROOT / "migrations")) == 1


def test_two_heads_are_found(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    for revision, after in (("a", None), ("b", "a"), ("c", "a")):
        (versions / f"{revision}.py").write_text(f"revision = {revision!r}\ndown_revision = {after!r}\n")
    assert len(heads(tmp_path)) == 2
