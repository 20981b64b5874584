"""deploy/kubernetes is taken by kubectl and by Kubernetes' own schemas, and says of the programs what is true of them.

There is no cluster here: nothing was applied, scheduled or scaled.
"""

import json
import re
import subprocess
from itertools import chain
from pathlib import Path
from runpy import run_path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.core import settings
from app.core.settings import SETTINGS
from app.core.web import HoldfastApp
from app.operations.checks.database import BEYOND_THREADS, EACH_OTHER_PROCESS
from tests.deploy.cluster import FILLED, FOLDERS, ROOT, SHOP, TREE, Program, built, example, matches

VERSIONS = ("1.31", "1.37")
CUSTOM = {"postgresql.cnpg.io/v1"}  # by its operator's own schema, which is not here
COMPOSE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
CLUSTER, VALKEY = built(SHOP), built("examples/valkey")
PROGRAMS, DEPLOYED = CLUSTER.programs, CLUSTER.deployments
EVERY = {**PROGRAMS, **VALKEY.programs}
SCRAPES = ("deploy/kubernetes/prometheus.yml", "deploy/prometheus/prometheus.yml")
CONFIGURED = {"web": "deploy/gunicorn.conf.py", "live": "deploy/live.conf.py"}
BESIDE = {"PROMETHEUS_MULTIPROC_DIR", "BIND"}
SCALED = {each["spec"]["scaleTargetRef"]["name"]: each["spec"] for each in CLUSTER.of("HorizontalPodAutoscaler")}


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_that_kubernetes_takes(folder: str, version: str) -> None:
    objects = [each for each in built(folder).objects if each["apiVersion"] not in CUSTOM]
    for each in objects:
        kubernetes_validate.validate(each, version, strict=True)
    assert objects or folder == "examples/postgresql"


def test_an_object_that_kubernetes_would_refuse_is_noticed() -> None:
    misspelt = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"prots": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, VERSIONS[-1], strict=True)


def test_the_programs_are_those_of_the_compose_file() -> None:
    ours = {name for name, service in COMPOSE.items() if service.get("build", {}).get("target") == "holdfast"}
    ours -= {"web2"}  # web has a number of pods
    assert PROGRAMS.keys() == ours
    assert {name: program.main["command"] for name, program in PROGRAMS.items()} == {
        name: COMPOSE[name]["command"] for name in ours
    }


def test_what_the_programs_are_told_are_settings_and_sound_ones() -> None:
    known = {spec.name for spec in SETTINGS} | BESIDE
    assert all(program.main in program.told for program in PROGRAMS.values())
    for container in chain.from_iterable(program.told for program in PROGRAMS.values()):
        told = CLUSTER.environment(container)
        assert told.keys() <= known
        assert settings.load(told).production


def test_secrets_are_secrets_and_nothing_else_is() -> None:
    secret = {spec.name for spec in SETTINGS if spec.secret}
    assert not [name for each in CLUSTER.of("ConfigMap") for name in each["data"].keys() & secret]
    assert set(example()) <= secret
    assert not any(example().values()), "an example with a value is a password that works somewhere"


@pytest.mark.parametrize("program", EVERY.values(), ids=EVERY)
def test_a_program_may_do_no_more_than_it_needs(program: Program) -> None:
    pod = program.pod
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False, "a service `live` would set LIVE_PORT to an address of its own"
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in program.containers:
        context = container["securityContext"]
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
        assert container["resources"]["requests"].keys() == container["resources"]["limits"].keys() == {"cpu", "memory"}
        assert any(letter.isdigit() for letter in container["image"].rpartition(":")[2]), "an image has a version"


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_writes_only_where_a_volume_is(program: Program) -> None:
    volumes = {volume["name"] for volume in program.pod["volumes"]}
    assert {mount["name"] for container in program.containers for mount in container["volumeMounts"]} == volumes
    for container in program.told:
        mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
        told = CLUSTER.environment(container)
        assert told["PROMETHEUS_MULTIPROC_DIR"] in mounted
        assert any(told["HOLDFAST_HOME"].startswith(f"{place}/") for place in mounted)


@pytest.mark.parametrize("program", DEPLOYED.values(), ids=DEPLOYED)
def test_a_program_waits_for_the_schema(program: Program) -> None:
    first = program.pod["initContainers"][0]
    assert first["command"] == ["flask", "--app", "wsgi", "ops", "await-schema"]
    assert first["image"] == program.main["image"] == PROGRAMS["migrate"].main["image"]


def test_the_first_admin_is_known_to_the_migration_alone() -> None:
    told = [name for name in PROGRAMS if "ADMIN_PASSWORD" in str(PROGRAMS[name].object)]
    assert told == ["migrate"]


def test_the_migration_is_tried_again_and_not_for_ever() -> None:
    assert PROGRAMS["migrate"].pod["restartPolicy"] == "Never"
    assert 0 < PROGRAMS["migrate"].spec["backoffLimit"] <= 10


@pytest.mark.parametrize("program", DEPLOYED.values(), ids=DEPLOYED)
def test_one_at_a_time_may_be_taken_away_and_another_is_there(program: Program) -> None:
    (budget,) = [
        each for each in CLUSTER.of("PodDisruptionBudget") if matches(each["spec"]["selector"], program.labels)
    ]
    assert budget["spec"]["maxUnavailable"] == 1
    least = SCALED[program.name]["minReplicas"] if program.name in SCALED else program.spec["replicas"]
    assert least >= 2
    for spread in program.pod["topologySpreadConstraints"]:
        assert matches(spread["labelSelector"], program.labels)


@pytest.mark.parametrize("name", SCALED)
def test_what_scales_by_itself_is_there_and_says_what_it_is_measured_by(name: str) -> None:
    assert "replicas" not in DEPLOYED[name].spec, "each apply would undo what the autoscaler did"
    assert SCALED[name]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    asked = DEPLOYED[name].main["resources"]["requests"]
    assert {metric["resource"]["name"] for metric in SCALED[name]["metrics"]} <= asked.keys()


@pytest.mark.parametrize("name", EVERY)
def test_a_selector_takes_the_pods_of_its_own_and_no_others(name: str) -> None:
    cluster = CLUSTER if name in PROGRAMS else VALKEY
    if "selector" in EVERY[name].spec:
        assert [each.name for each in cluster.chosen(EVERY[name].spec["selector"])] == [name]


@pytest.mark.parametrize("program", DEPLOYED.values(), ids=DEPLOYED)
def test_a_program_is_given_the_time_that_it_takes_to_end(program: Program) -> None:
    grace = program.pod["terminationGracePeriodSeconds"]
    if program.name in CONFIGURED:
        (_, pause) = program.main["lifecycle"]["preStop"]["exec"]["command"]
        assert grace > int(pause) + run_path(str(ROOT / CONFIGURED[program.name]))["graceful_timeout"]
        assert grace >= int(pause) + seconds(COMPOSE[program.name]["stop_grace_period"]) - 1
    else:
        assert grace >= seconds(COMPOSE[program.name]["stop_grace_period"])


@pytest.mark.parametrize("name", CONFIGURED)
def test_a_probe_asks_what_the_program_answers(name: str, app: HoldfastApp) -> None:
    main, adapter = DEPLOYED[name].main, app.url_map.bind("localhost")
    asked = {kind: main[kind]["httpGet"] for kind in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert {each["port"] for each in asked.values()} == {"http"}
    for each in asked.values():
        endpoint, _ = adapter.match(each["path"])
        assert name == "web" or hasattr(app.view_functions[endpoint], "on_live")
    assert asked["livenessProbe"]["path"] == "/health", "a pod is not killed because PostgreSQL is away"
    assert asked["readinessProbe"]["path"] == {"web": "/ready", "live": "/health"}[name]


@pytest.mark.parametrize("name", CONFIGURED)
def test_a_program_listens_where_it_is_said_to(name: str) -> None:
    port = DEPLOYED[name].ports["http"]
    told = CLUSTER.environment(DEPLOYED[name].main)
    assert told["BIND"] == f"0.0.0.0:{port}"
    assert told[{"web": "PORT", "live": "LIVE_PORT"}[name]] == str(port)


@pytest.mark.parametrize("program", DEPLOYED.values(), ids=DEPLOYED)
def test_prometheus_finds_whoever_has_figures(program: Program) -> None:
    (port,) = program.ports.values()
    annotations = program.spec["template"]["metadata"]["annotations"]
    assert annotations == {"prometheus.io/scrape": "true", "prometheus.io/port": str(port)}
    told = CLUSTER.environment(program.main)
    assert program.name in CONFIGURED or told["FIGURES_BIND"] == f"0.0.0.0:{port}"


def test_the_scrapes_of_the_cluster_are_those_of_one_machine(tmp_path: Path) -> None:
    """Under the same names, for rules and panels ask by them; figures of each pod, and state of one.

    Debian's promtool knows no Kubernetes: it checks everything but how pods are found.
    """
    here, there = (yaml.safe_load((ROOT / file).read_text("utf-8"))["scrape_configs"] for file in SCRAPES)
    assert [(job["job_name"], job["params"]) for job in here] == [(job["job_name"], job["params"]) for job in there]
    figures, state = here
    assert figures.pop("kubernetes_sd_configs") == [{"role": "pod", "namespaces": {"names": ["holdfast"]}}]
    assert state["static_configs"]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": here}))
    command = ["promtool", "check", "config", "--syntax-only", str(tmp_path / "prometheus.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pod_is_scraped_where_it_listens_while_it_runs_and_one_that_waits_or_was_evicted_is_not_down(
    tmp_path: Path,
) -> None:
    """Prometheus' own relabelling of pods as Kubernetes tells them."""
    figures, _ = yaml.safe_load((ROOT / SCRAPES[0]).read_text("utf-8"))["scrape_configs"]
    del figures["kubernetes_sd_configs"], figures["authorization"]
    figures["static_configs"] = [
        pod("web-1", "Running", 8000),
        pod("web-2", "Pending", 8000),
        pod("web-3", "Failed", 8000),
        pod("web-4", "Running", 9999),
        pod("other", "Running", 8000) | {"labels": {"__meta_kubernetes_pod_phase": "Running"}},
    ]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": [figures]}))
    command = ["promtool", "check", "service-discovery", "--timeout=2s", str(tmp_path / "prometheus.yml"), "holdfast"]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert len(found) == len(figures["static_configs"])
    (kept,) = [each["labels"] for each in found if each["labels"]]
    assert (kept["instance"], kept["component"], kept["__address__"]) == ("web-1", "web", "web-1:8000")


def pod(name: str, phase: str, port: int) -> dict[str, Any]:
    """A port of a pod of web."""
    labels = {
        "pod_name": name,
        "pod_phase": phase,
        "pod_container_port_number": str(port),
        "pod_annotation_prometheus_io_scrape": "true",
        "pod_annotation_prometheus_io_port": "8000",
        "pod_label_app_kubernetes_io_component": "web",
    }
    return {"targets": [f"{name}:{port}"], "labels": {f"__meta_kubernetes_{key}": each for key, each in labels.items()}}


def test_the_database_of_the_example_has_room_for_all_who_may_run_at_once() -> None:
    chosen = settings.load(CLUSTER.environment(DEPLOYED["web"].main))
    most = {
        name: SCALED[name]["maxReplicas"] if name in SCALED else DEPLOYED[name].spec["replicas"] for name in DEPLOYED
    }
    one_more = most | {"web": most["web"] + 1, "live": most["live"] + 1}  # while a new version comes in
    each = dict.fromkeys(DEPLOYED, EACH_OTHER_PROCESS) | {
        "web": chosen.workers * (chosen.web_threads + BEYOND_THREADS),
        "live": chosen.web_threads + BEYOND_THREADS,
    }
    (database,) = built("examples/postgresql").objects
    allowed = int(database["spec"]["postgresql"]["parameters"]["max_connections"])
    assert sum(one_more[name] * each[name] for name in DEPLOYED) <= allowed * 0.9


def test_each_commit_is_on_two_servers_of_the_example_before_it_is_acknowledged() -> None:
    (database,) = built("examples/postgresql").objects
    assert database["spec"]["instances"] >= 3, "with two, a lost standby stops the shop"
    assert database["spec"]["postgresql"]["synchronous"] == {
        "method": "any",
        "number": 1,
        "dataDurability": "required",
    }


def test_the_servers_that_the_example_of_the_secrets_names_are_those_that_the_operator_makes() -> None:
    (database,) = built("examples/postgresql").objects
    place = database["metadata"]
    made = f"@{place['name']}-{{}}.{place['namespace']}:5432/{database['spec']['bootstrap']['initdb']['database']}"
    assert made.format("rw") in FILLED["DATABASE_URL"]
    assert made.format("ro") in (TREE / SHOP / "secrets.env.example").read_text("utf-8")


def test_the_sentinels_of_the_settings_are_those_of_the_example() -> None:
    told = CLUSTER.environment(DEPLOYED["web"].main)
    valkey, domain = VALKEY.programs["valkey"], "valkey.holdfast-data.svc.cluster.local"
    named = [f"valkey-{number}.{domain}:{valkey.ports['sentinel']}" for number in range(valkey.spec["replicas"])]
    assert told["REDIS_SENTINELS"].split(",") == named
    scripts = next(each["data"] for each in VALKEY.of("ConfigMap"))
    assert f'domain="{domain}"' in scripts["common.sh"]
    assert f"sentinel monitor {told['REDIS_SENTINEL_MASTER']} $master 6379 2" in scripts["sentinel.sh"]


def test_the_example_of_valkey_is_set_as_the_guide_says() -> None:
    text = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    guide = text.partition("| setting of Redis |")[2].partition("\n\n")[0]
    said = dict(re.findall(r"^\| `([a-z-]+)` \| `?(\w+)", guide, re.MULTILINE))
    assert VALKEY.programs["valkey"].spec["replicas"] == 3, "with one replica the guide has another value"
    scripts = next(each["data"] for each in VALKEY.of("ConfigMap"))
    for name in ("down-after-milliseconds", "failover-timeout"):
        assert f"\nsentinel {name} holdfast {said.pop(name)}\n" in scripts["sentinel.sh"]
    said |= dict(re.findall(r"`(min-replicas-max-lag|appendfsync) (\w+)`", guide))
    assert said.pop("appendfsync") == "everysec", "which is what Valkey does unless it is told"
    assert said.keys() == {"maxmemory-policy", "appendonly", "min-replicas-to-write", "min-replicas-max-lag"}
    for name, value in said.items():
        assert f"\n{name} {value}\n" in scripts["server.sh"]


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))
