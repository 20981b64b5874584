"""Where a setting may come from, and which source wins."""

from pathlib import Path

import pytest

from app.core import settings
from app.core.settings import SettingsError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def running_stack(home: Path, text: str) -> None:
    (home / "run").mkdir(parents=True)
    (home / "run" / "stack.env").write_text(text, encoding="utf-8")


def test_a_secret_is_read_from_the_file_that_its_name_points_to(here: Path) -> None:
    (here / "key").write_text("a key from a file\n", encoding="utf-8")
    environ = {"HOLDFAST_ENV": "test", "SECRET_KEY_FILE": "key"}
    assert settings.load(environ).secret_key == "a key from a file"
    assert settings.load(environ | {"SECRET_KEY": "nearer"}).secret_key == "nearer"


def test_a_secret_from_a_file_counts_in_production(here: Path) -> None:
    (here / "key").write_text("8fj2-KqLw0-zzYp1-Mn5vR-T7bQe-XuA3s\n", encoding="utf-8")
    environ = {"HOLDFAST_ENV": "production", "DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://cache"}
    assert settings.load(environ | {"SECRET_KEY_FILE": "key"}).secret_key.startswith("8fj2")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_secret_file_that_cannot_be_read_is_a_fault_among_the_others(here: Path, content: bytes | None) -> None:
    if content is not None:
        (here / "key").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        settings.load({"HOLDFAST_ENV": "test", "SECRET_KEY_FILE": "key", "PORT": "x"})
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["SECRET_KEY_FILE", "PORT"]


def test_only_secrets_come_from_files(here: Path) -> None:
    (here / "port").write_text("9000", encoding="utf-8")
    assert settings.load({"HOLDFAST_ENV": "test", "PORT_FILE": "port"}).port == 8000


def test_in_development_the_running_stack_fills_what_is_not_set(here: Path) -> None:
    running_stack(here / "var", "PORT=9001\nSECRET_KEY='from the stack'\nWORKERS=5\n# WEB_THREADS=3\n")
    made = settings.load({"WORKERS": "3", "SECRET_KEY": ""})
    assert (made.port, made.workers, made.web_threads, made.secret_key) == (9001, 3, 8, "from the stack")


def test_the_environment_wins_over_env_file_and_that_over_the_stack(here: Path) -> None:
    running_stack(here / "var", "PORT=9001\nWORKERS=1\nWEB_THREADS=1\n")
    (here / ".env").write_text("WORKERS=2\nWEB_THREADS=2\n", encoding="utf-8")
    made = settings.load({"WEB_THREADS": "3"})
    assert (made.port, made.workers, made.web_threads) == (9001, 2, 3)


def test_the_stack_is_looked_for_in_the_home_that_the_env_file_names(here: Path) -> None:
    running_stack(here / "elsewhere", "PORT=9001\n")
    (here / ".env").write_text("HOLDFAST_HOME=elsewhere\n", encoding="utf-8")
    assert settings.load({}).port == 9001


@pytest.mark.parametrize("env", ["test", "production"])
def test_local_files_are_read_in_development_only(here: Path, env: str) -> None:
    running_stack(here / "var", "PORT=9001\n")
    (here / ".env").write_text("WORKERS=9\n", encoding="utf-8")
    made = settings.load(
        {
            "HOLDFAST_ENV": env,
            "DATABASE_URL": "postgresql://db/x",
            "REDIS_URL": "redis://cache",
            "SECRET_KEY": "8fj2-KqLw0-zzYp1-Mn5vR-T7bQe-XuA3s",
        }
    )
    assert (made.port, made.workers) == (8000, 2)


@pytest.mark.parametrize("env", ["", "  "])
def test_an_empty_environment_name_means_development(here: Path, env: str) -> None:
    (here / ".env").write_text("PORT=9002\n", encoding="utf-8")
    made = settings.load({"HOLDFAST_ENV": env})
    assert (made.env, made.port) == ("development", 9002)


def test_an_env_file_that_is_no_text_is_a_fault(here: Path) -> None:
    (here / ".env").write_bytes(b"PORT=\xff\n")
    with pytest.raises(SettingsError, match=r"\.env: it is no UTF-8 text"):
        settings.load({})
