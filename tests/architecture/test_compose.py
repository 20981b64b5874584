"""docker-compose.yml names settings that exist, starts programs that exist, and publishes the proxy alone."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.core.settings import SETTINGS
from tests.architecture.source import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "holdfast" in service["image"]}
BESIDE = {"PROMETHEUS_MULTIPROC_DIR", "BIND"}


def test_every_variable_of_our_programs_is_a_setting() -> None:
    known = {spec.name for spec in SETTINGS} | BESIDE
    assert {name for service in OURS.values() for name in service["environment"]} <= known


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert not str(service["user"]).startswith("0")
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_and_only_the_proxy_is_published(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert name in OURS or any(letter.isdigit() for letter in tag)
    published = SERVICES[name].get("ports", [])
    assert name == "proxy" or all(port.startswith("127.0.0.1:") for port in published)


def test_what_a_process_counts_is_scraped_once() -> None:
    """Whoever writes into the common folder is told by live alone; web, of which there may be more, has its own."""
    (job,) = [job for job in scraped() if job["params"] == {"part": ["figures"]}]
    told = [name for place in job["dns_sd_configs"] for name in place["names"]]
    common = {name for name in OURS if OURS[name]["environment"]["PROMETHEUS_MULTIPROC_DIR"] == "/run/figures"}
    assert sorted(told) == ["live", "web"]
    assert common.intersection(told) == {"live"}
    assert OURS.keys() - common == {"web"}
    assert OURS["web"]["environment"]["PROMETHEUS_MULTIPROC_DIR"].startswith("/tmp/")  # noqa: S108 - a tmpfs of its own
    assert OURS["live"]["volumes"] == ["figures:/run/figures"]


def scraped() -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())[
        "scrape_configs"
    ]
    return jobs


def test_whoever_needs_the_schema_waits_for_the_migration() -> None:
    for name in OURS.keys() - {"migrate"}:
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_every_file_that_our_commands_name_is_in_the_image() -> None:
    copied = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for service in OURS.values():
        for word in json.dumps(service["command"]).replace('"', " ").replace(",", " ").split():
            if word.endswith(".py"):
                assert (ROOT / word).is_file()
                assert word in copied


def test_the_image_ends_without_privileges() -> None:
    users = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("USER ")]
    assert users == ["USER 10001:10001"]
    assert Path(ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
