"""What the documents take from the code is what the code says now, and no link of theirs leads nowhere."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from flask import Flask

from app.core import db
from app.core.openapi import document_of
from app.core.settings import Settings
from app.operations.checks.database import BEYOND_THREADS
from devstack.documents import collection, parts, tree
from devstack.documents.made import COLLECTION, DOCS, made
from tests.architecture.source import ROOT

FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
WITH_THREADS = re.compile(r"WEB_THREADS \+ (\d+)")
VARIABLE = re.compile(r"(?<!{){(\w+)}(?!})")


def pages() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split() if listed.returncode == 0 else []
    return sorted({ROOT / name for name in names} | set(DOCS.rglob("*.md")) | set(ROOT.glob("*.md")))


def prose(text: str) -> str:
    return CODE.sub("``", FENCED.sub("", text))


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def dead_links(page: Path) -> Iterator[str]:
    for link in LINK.findall(prose(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:|/", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists():
            yield f"{page.name}: {link}: there is no such file"
        elif anchor and anchor not in map(slug, HEADING.findall(FENCED.sub("", target.read_text(encoding="utf-8")))):
            yield f"{page.name}: {link}: there is no such heading"


def requests_of(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "item" in item:
            yield from requests_of(item["item"])
        else:
            yield item["request"]


def test_what_is_made_from_the_code_is_in_step_with_it(app: Flask) -> None:
    stale = [path.name for path, text in made(app).items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], f"run make docs: {', '.join(stale)}"


def test_a_made_part_is_replaced_and_the_rest_is_kept() -> None:
    text = "before\n<!-- make docs: it -->\nold\n<!-- end -->\nafter\n"
    assert parts.filled(text, {"it": lambda: "new\n"}) == text.replace("old", "new")


def test_every_link_between_documents_leads_somewhere() -> None:
    assert [fault for page in pages() for fault in dead_links(page)] == []


def test_a_dead_link_and_a_dead_anchor_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title, here\n[a](#a-title-here) [b](#gone) [c](gone.md) [d](page.md) `[e](code.md)`\n")
    assert [fault.split(": ")[1] for fault in dead_links(page)] == ["#gone", "gone.md"]


def test_the_picture_shows_every_domain_and_program() -> None:
    drawn = {text.text for text in ET.parse(DOCS / "architecture.svg").iter() if text.text}  # noqa: S314 - it is our own
    assert {*tree.domains(), *tree.PROGRAMS} - drawn == set()


def test_the_collection_has_one_request_for_each_operation(app: Flask) -> None:
    listed = [
        (request["method"], re.sub(r":(\w+)", r"{\1}", "/" + "/".join(request["url"]["path"])))
        for request in requests_of(json.loads(COLLECTION.read_text(encoding="utf-8"))["item"])
    ]
    paths = document_of(app)["paths"]
    documented = [(name.upper(), path) for path, each in paths.items() for name in each if name != "parameters"]
    assert sorted(listed) == sorted(documented)


def test_each_request_of_the_collection_can_be_read() -> None:
    found = json.loads(COLLECTION.read_text(encoding="utf-8"))
    assert found["info"]["schema"] == collection.SCHEMA
    for request in requests_of(found["item"]):
        assert request["url"]["raw"].startswith("{{base}}/")
        assert not VARIABLE.findall(request["url"]["raw"])
        assert {each["key"] for each in request["url"]["variable"]} == set(
            re.findall(r":(\w+)", request["url"]["raw"].removeprefix("{{base}}"))
        )
        if request.get("body", {}).get("options", {}).get("raw", {}).get("language") == "json":
            assert json.loads(request["body"]["raw"]), request["url"]["raw"]


def test_every_page_that_counts_connections_counts_as_the_doctor_does() -> None:
    told = [(page.name, found) for page in pages() for found in WITH_THREADS.findall(page.read_text(encoding="utf-8"))]
    assert {name for name, _ in told} >= {"deployment.md", "scaling.md", "runbook.md"}
    assert [each for each in told if each[1] != str(BEYOND_THREADS)] == []


def test_every_limit_that_a_connection_carries_is_named_for_a_pooler_that_drops_it(chosen: Settings) -> None:
    creator: Any = db.creator(chosen, chosen.database_url, chosen.statement_timeout_ms)
    deployment = (DOCS / "deployment.md").read_text(encoding="utf-8")
    carried = re.findall(r"-c (\w+)=", creator.keywords["options"])
    assert re.findall(r"^ALTER ROLE web SET (\w+) = ", deployment, re.MULTILINE) == carried
