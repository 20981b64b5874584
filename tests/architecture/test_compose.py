"""docker-compose.yml names settings that exist, starts programs that exist, and publishes the proxy alone."""

import json
import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER

from app.core.settings import OF_COMPOSE, SETTINGS
from tests.architecture.source import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BUILT = {name: service for name, service in SERVICES.items() if "build" in service}
OURS = {name: service for name, service in BUILT.items() if service["build"]["target"] == "holdfast"}
DEMO = {name: service for name, service in BUILT.items() if service["build"]["target"] == "demo"}
BESIDE = {"PROMETHEUS_MULTIPROC_DIR", "BIND", "KNOWN_AS", "GRAFANA_PASSWORD"}
# What .env cannot change, for the file knows better.
FIXED = {"HOLDFAST_HOME", "TRUSTED_PROXY_HOPS", "METRICS_TOKEN", "FIGURES_BIND", "PORT", "LIVE_PORT"}
KEYS = ("PAYMENT_PROVIDER_KEY", "PAYMENT_WEBHOOK_SECRETS", "PARTNER_KEY")
LOCKED = re.compile(r"^([\w.-]+==\S+)", re.MULTILINE)


def test_every_variable_of_our_programs_is_a_setting() -> None:
    known = {spec.name for spec in SETTINGS} | BESIDE
    assert {name for service in BUILT.values() for name in service["environment"]} <= known


@pytest.mark.parametrize("name", OURS.keys() - {"migrate"})
def test_every_setting_that_stands_in_env_reaches_our_programs(name: str) -> None:
    assert OURS[name]["env_file"] == [{"path": ".env", "required": False}]
    named = {spec.name for spec in SETTINGS} & OURS[name]["environment"].keys() - FIXED - {"ADMIN_PASSWORD"}
    assert {each for each in named if not OURS[name]["environment"][each].startswith("${" + each + ":")} == set()


def test_what_compose_itself_reads_from_env_is_no_fault_to_our_programs() -> None:
    """They get all of it, and refuse names of ours that they do not know."""
    read = set(re.findall(r"\$\{(HOLDFAST_\w+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert read - {spec.name for spec in SETTINGS} == OF_COMPOSE


def test_secrets_of_env_reach_only_those_whom_they_are_for() -> None:
    assert {name for name in OURS if OURS[name]["environment"]["ADMIN_PASSWORD"]} == {"migrate"}
    assert not [name for name in OURS if OURS[name]["environment"]["GRAFANA_PASSWORD"]]
    assert not [name for name in SERVICES.keys() - OURS.keys() if SERVICES[name].get("env_file")]


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
    assert name in BUILT or any(letter.isdigit() for letter in tag)
    published = SERVICES[name].get("ports", [])
    assert name == "proxy" or all(port.startswith("127.0.0.1:") for port in published)


def test_what_a_process_counts_is_scraped_once() -> None:
    """Whoever writes into the common folder is told by live alone; web, of which there may be more, has its own."""
    (job,) = [job for job in scraped() if job["params"] == {"part": ["figures"]}]
    told = [target.partition(":")[0] for group in job["static_configs"] for target in group["targets"]]
    common = {name for name in OURS if OURS[name]["environment"]["PROMETHEUS_MULTIPROC_DIR"] == "/run/figures"}
    assert sorted(told) == ["live", "web", "web2"]
    assert common.intersection(told) == {"live"}
    assert OURS.keys() - common == {"web", "web2"}
    for name in OURS.keys() - common:
        folder = OURS[name]["environment"]["PROMETHEUS_MULTIPROC_DIR"]
        assert folder.startswith("/tmp/")  # noqa: S108 - a tmpfs of its own
    assert OURS["live"]["volumes"] == ["figures:/run/figures"]


def scraped() -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())[
        "scrape_configs"
    ]
    return jobs


def test_whoever_needs_the_schema_waits_for_the_migration() -> None:
    for name in OURS.keys() - {"migrate", "backup"}:
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_proxy_asks_everybody_by_a_name_whose_address_stays_and_is_known_before_they_are_there() -> None:
    asked = set(re.findall(r"server (\S+?)\.inside:\d+", (ROOT / "deploy" / "nginx" / "nginx.conf").read_text()))
    places = {name: OURS[name]["networks"]["inside"]["ipv4_address"] for name in ("web", "web2", "live")}
    assert asked == places.keys()
    assert {f"{name}.inside:{address}" for name, address in places.items()} == set(SERVICES["proxy"]["extra_hosts"])
    (given,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    addresses = {ip_address(address) for address in places.values()}
    assert len(addresses) == len(places)
    assert all(each in ip_network(given["subnet"]) and each not in ip_network(given["ip_range"]) for each in addresses)


@pytest.mark.parametrize("name", ["tls", "behind"])
def test_what_may_stand_beside_the_proxy_is_put_where_it_looks(name: str) -> None:
    (read,) = re.findall(r"include (\S+)/\*\.conf;", (ROOT / "deploy" / "nginx" / "nginx.conf").read_text())
    beside = yaml.safe_load((ROOT / "deploy" / f"{name}.yml").read_text(encoding="utf-8"))["services"]
    assert beside.keys() == {"proxy"}
    mounted = dict(volume.removesuffix(":ro").split(":") for volume in beside["proxy"]["volumes"])
    assert mounted[f"./deploy/nginx/{name}.conf"] == f"{read}/{name}.conf"
    for certificate in re.findall(
        r"ssl_certificate\w* (\S+)/", (ROOT / "deploy" / "nginx" / f"{name}.conf").read_text()
    ):
        assert certificate in mounted.values()


def test_the_proxy_gives_an_idle_connection_up_before_a_web_process_that_leaves() -> None:
    (idle,) = set(
        re.findall(r"keepalive_timeout (\d+)s;\n    }", (ROOT / "deploy" / "nginx" / "nginx.conf").read_text())
    )
    assert 2 * int(idle) <= STOP_KEEPALIVE_LINGER


def test_every_file_that_our_commands_name_is_in_the_image() -> None:
    copied = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for service in BUILT.values():
        for word in json.dumps(service["command"]).replace('"', " ").replace(",", " ").split():
            if word.endswith(".py"):
                assert (ROOT / word).is_file()
                assert word in copied


def test_a_backup_is_made_when_it_is_asked_for_before_a_migration_and_by_the_client_of_the_server() -> None:
    assert OURS["backup"]["profiles"] == ["backup"]
    assert OURS["backup"]["depends_on"].keys() == {"postgres"}
    (client,) = re.findall(r"postgresql-client-(\d+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert SERVICES["postgres"]["image"].startswith(f"postgres:{client}.")


def test_the_image_ends_without_privileges() -> None:
    users = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("USER ")]
    assert users == ["USER 10001:10001"]
    assert Path(ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


def test_what_is_simulated_runs_only_when_it_is_asked_for() -> None:
    assert DEMO.keys() == {"mail", "payments", "partner"}
    assert {name for name, service in SERVICES.items() if service.get("profiles") == ["demo"]} == DEMO.keys()
    assert [name for name in SERVICES.keys() - DEMO.keys() if "profiles" in SERVICES[name]] == ["backup"]
    assert not [name for name in SERVICES if DEMO.keys() & set(SERVICES[name].get("depends_on", {}))]


@pytest.mark.parametrize("name", DEMO)
def test_what_is_simulated_is_looked_at_from_this_machine_alone_and_knows_its_name(name: str) -> None:
    """Its pages lead a browser to the port on which it listens itself, so the published one is the same."""
    (port,) = DEMO[name]["ports"]
    _, outside, inside = port.split(":")
    assert outside == inside
    assert f"0.0.0.0:{inside}" in DEMO[name]["command"]
    assert DEMO[name]["environment"].get("KNOWN_AS", "mail") == name
    assert DEMO[name]["volumes"] == []
    assert DEMO[name]["command"][3].startswith("/tmp/")  # noqa: S108 - a tmpfs of its own


def test_no_key_of_what_is_simulated_stands_in_the_file() -> None:
    keys = [DEMO[name]["environment"][key] for name in DEMO for key in DEMO[name]["environment"] if key != "KNOWN_AS"]
    assert sorted(keys) == sorted("${" + f"{key}:-" + "}" for key in KEYS)


def test_production_is_what_runs_unless_env_says_otherwise() -> None:
    unset = {"HOLDFAST_ENV": "production", "HOLDFAST_DEMO": "0", "DATABASE_EMBEDDED": "0"}
    for service in OURS.values():
        assert {name: service["environment"][name] for name in unset} == {
            name: "${" + f"{name}:-{value}" + "}" for name, value in unset.items()
        }


def test_the_programs_of_the_demo_are_in_its_image_alone_with_what_they_were_tested_with() -> None:
    stages = {stage.split("\n", 1)[0]: stage for stage in (ROOT / "Dockerfile").read_text().split("\nFROM ")[1:]}
    assert "COPY devstack devstack" in stages["base AS demo"]
    assert [name for name, stage in stages.items() if "devstack" in stage] == ["base AS demo"]
    assert list(stages)[-1] == "base AS holdfast", "what is built when no target is named"
    demo, dev = (set(LOCKED.findall((ROOT / f"requirements-{name}.txt").read_text())) for name in ("demo", "dev"))
    assert demo <= dev
    assert any(pin.startswith("aiosmtpd==") for pin in demo)
