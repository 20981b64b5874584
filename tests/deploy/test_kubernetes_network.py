"""Who reaches whom on the cluster: what the proxy of docker-compose.yml does, and nobody beside who needs it."""

import re
from inspect import isgeneratorfunction
from typing import Any

import pytest
import yaml

from app.core.web import HoldfastApp
from app.jobs.registry import JOBS
from tests.deploy.cluster import COMPONENT, ROOT, SHOP, TREE, Object, Program, built

NGINX = (ROOT / "deploy" / "nginx" / "nginx.conf").read_text("utf-8")
CLUSTER, VALKEY = built(SHOP), built("examples/valkey")
INGRESS, SERVICES = CLUSTER.named("Ingress"), CLUSTER.named("Service")
POLICIES = CLUSTER.named("NetworkPolicy")
STORES = {5432, 6379, 26379}
SAID = "nginx.ingress.kubernetes.io/proxy-"


def served() -> list[tuple[str, str]]:
    """Each path that is led on, with the service that gets it."""
    paths = [path for each in INGRESS.values() for path in each["spec"]["rules"][0]["http"]["paths"]]
    assert {path["pathType"] for path in paths} == {"Prefix"}
    return [(path["path"], path["backend"]["service"]["name"]) for path in paths]


def leads_to(path: str) -> str:
    """The service that gets a request, by the longest prefix of whole segments."""
    fitting = [(len(prefix), name) for prefix, name in served() if f"{path}/".startswith(f"{prefix.rstrip('/')}/")]
    return max(fitting)[1]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_finds_its_pods_and_their_port(name: str) -> None:
    (program,) = CLUSTER.chosen({"matchLabels": SERVICES[name]["spec"]["selector"]})
    assert name in {program.name, "web-state"}
    (port,) = SERVICES[name]["spec"]["ports"]
    assert port["port"] == program.ports[port["targetPort"]]


def test_who_tells_the_state_is_reached_while_no_web_pod_is_ready() -> None:
    """The name has the pods' own addresses, so it is the pods' own port."""
    state, pods = SERVICES["web-state"]["spec"], SERVICES["web"]["spec"]["selector"]
    assert (state["clusterIP"], state["publishNotReadyAddresses"], state["selector"]) == ("None", True, pods)
    _, job = yaml.safe_load((TREE / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    port = CLUSTER.deployments["web"].ports["http"]
    assert job["static_configs"] == [{"targets": [f"web-state.holdfast.svc:{port}"]}], "one, or all would tell it"


@pytest.mark.parametrize("name", INGRESS)
def test_what_comes_in_is_led_to_a_service_that_is_there(name: str) -> None:
    spec = INGRESS[name]["spec"]
    for path in spec["rules"][0]["http"]["paths"]:
        service = path["backend"]["service"]
        assert service["port"]["name"] in [port["name"] for port in SERVICES[service["name"]]["spec"]["ports"]]
    assert [spec["rules"][0]["host"]] == spec["tls"][0]["hosts"]
    settings = CLUSTER.environment(CLUSTER.deployments["web"].main)
    assert settings["PUBLIC_URL"] == f"https://{spec['rules'][0]['host']}"


def test_streams_are_led_to_live_and_everything_else_to_web_as_the_proxy_does(app: HoldfastApp) -> None:
    (streams,) = re.findall(r"location ~ (\S+) \{\s+proxy_pass http://live", NGINX)
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        assert leads_to(path) == ("live" if re.match(streams, path) else "web"), path
    assert leads_to("/console/live/stream/promo/1") == "live"


def test_the_proxy_of_the_cluster_has_the_limits_of_the_other_one() -> None:
    web, live = (INGRESS[name]["metadata"]["annotations"] for name in ("web", "live"))
    assert re.search(rf"client_max_body_size {web[f'{SAID}body-size']};", NGINX)
    for told in (web, live):
        assert f"proxy_connect_timeout {told[f'{SAID}connect-timeout']}s;" in NGINX
        assert f"proxy_next_upstream {told[f'{SAID}next-upstream']};" in NGINX
        assert "non_idempotent" not in told[f"{SAID}next-upstream"], "what may have been acted on is never sent twice"
    reads = re.findall(r"proxy_read_timeout (\d+)s;", NGINX)
    assert [told[f"{SAID}read-timeout"] for told in (web, live)] == reads
    assert live[f"{SAID}buffering"] == "off"
    assert f"{SAID}buffering" not in web


def test_nobody_speaks_with_anybody_unless_a_policy_says_so() -> None:
    assert POLICIES["nobody"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("name", POLICIES.keys() - {"nobody"})
def test_a_policy_is_about_pods_that_are_there(name: str) -> None:
    selector = POLICIES[name]["spec"]["podSelector"]
    chosen = CLUSTER.chosen(selector)
    assert chosen
    for rule in selector.get("matchExpressions", []):
        assert set(rule["values"]) == {program.labels[COMPONENT] for program in chosen}
    for rule in POLICIES[name]["spec"].get("ingress", []):
        for port in rule["ports"]:
            assert all(port["port"] in program.ports for program in chosen)


def test_whoever_is_asked_may_be_asked_by_the_proxy_and_by_prometheus_alone() -> None:
    places = {"http": {"ingress-nginx", "monitoring"}, "figures": {"monitoring"}}
    for program in CLUSTER.programs.values():
        sources = [source for rule in rules("ingress", program) for source in rule["from"]]
        named = {source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for source in sources}
        assert named == set().union(*(places[port] for port in program.ports))


@pytest.mark.parametrize("program", CLUSTER.programs.values(), ids=CLUSTER.programs)
@pytest.mark.usefixtures("app")
def test_a_program_reaches_the_stores_and_those_who_call_outside_the_rest(program: Program) -> None:
    """A job that calls outside is a generator (decision 9); web asks the payment provider for a page to pay on."""
    anywhere = {port["port"] for rule in rules("egress", program) if "to" not in rule for port in rule["ports"]}
    assert anywhere == STORES | {53}
    outside = {port["port"] for rule in rules("egress", program) if "to" in rule for port in rule["ports"]}
    told = CLUSTER.environment(CLUSTER.deployments["web"].main)
    calls = program.name == "web" or program.name in {
        job.queue for job in JOBS.values() if isgeneratorfunction(job.call)
    }
    assert outside == ({443, 465, int(told["SMTP_PORT"])} if calls else set())


def test_valkey_is_for_the_shop_and_for_itself() -> None:
    (policy,) = VALKEY.of("NetworkPolicy")
    (valkey,) = VALKEY.chosen(policy["spec"]["podSelector"])
    (rule,) = policy["spec"]["ingress"]
    shop, itself = rule["from"]
    namespace = CLUSTER.of("Namespace")[0]["metadata"]["name"]
    assert shop["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": namespace}
    assert VALKEY.chosen(itself["podSelector"]) == [valkey]
    assert {valkey.ports[port["port"]] for port in rule["ports"]} == set(valkey.ports.values()) == {6379, 26379}


def test_every_object_is_in_its_namespace() -> None:
    shop = {each["metadata"].get("namespace") for each in CLUSTER.objects if each["kind"] != "Namespace"}
    assert shop == {CLUSTER.of("Namespace")[0]["metadata"]["name"]} == {"holdfast"}
    assert {each["metadata"]["namespace"] for each in VALKEY.objects} == {"holdfast-data"}


def rules(direction: str, program: Program) -> list[Object]:
    """What the policies allow a program in one direction."""
    found: list[Any] = []
    for policy in POLICIES.values():
        if program in CLUSTER.chosen(policy["spec"]["podSelector"]):
            found += policy["spec"].get(direction, [])
    return found
