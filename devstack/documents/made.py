"""Every file that `make docs` writes, as it has to be now."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Flask

from app.core.openapi import document_of
from devstack.documents import collection, parts, picture, settings_table, tables
from devstack.documents.tree import ROOT

DOCS = ROOT / "docs"
COLLECTION = DOCS / "collection" / "holdfast.postman_collection.json"


def makers(app: Flask) -> dict[str, Callable[[], str]]:
    """Who makes which part."""
    return {
        "settings": settings_table.text,
        "domains": tables.domains,
        "programs": tables.programs,
        "schedules": tables.schedules,
        "jobs": tables.jobs,
        "problems": tables.problems,
        "invariants": tables.invariants,
        "access": tables.access,
        "migrations": tables.migrations,
        "versions": tables.versions,
        "commands": partial(tables.commands, app),
    }


def made(app: Flask) -> dict[Path, str]:
    """Path and text of each."""
    ours = makers(app)
    found = {path: parts.filled(path.read_text(encoding="utf-8"), ours) for path in parts.written(DOCS)}
    return found | {DOCS / "architecture.svg": picture.text(), COLLECTION: collection.text(document_of(app))}
