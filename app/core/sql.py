"""SQL that lives in files: functions and triggers of a domain, created by migrations."""

from pathlib import Path

APP = Path(__file__).resolve().parent.parent


def sql_file(domain: str, name: str) -> str:
    """The text of app/<domain>/sql/<name>.sql."""
    return (APP / domain / "sql" / f"{name}.sql").read_text(encoding="utf-8")
