"""What deploy/kubernetes makes, built by kubectl as an operator builds it, and what is asked of its objects."""

import base64
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "deploy" / "kubernetes"
SHOP = "overlays/production"
FOLDERS = sorted(str(file.parent.relative_to(TREE)) for file in TREE.rglob("kustomization.yaml"))
COMPONENT = "app.kubernetes.io/component"
Object = dict[str, Any]


def example() -> dict[str, str]:
    """The secrets that an overlay wants, as the example has them."""
    lines = (TREE / SHOP / "secrets.env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


FILLED = example() | {
    "DATABASE_URL": "postgresql://holdfast:secret@holdfast-rw.holdfast-data:5432/holdfast",
    "REDIS_URL": "redis://:secret@valkey-0.valkey.holdfast-data:6379/0",
    "SECRET_KEY": secrets.token_hex(32),
    "METRICS_TOKEN": secrets.token_hex(32),
}


@cache
def built(folder: str) -> "Cluster":
    """The objects of a folder, with secrets that somebody filled in."""
    with tempfile.TemporaryDirectory(prefix="hf-kubernetes-") as here:
        shutil.copytree(TREE, here, dirs_exist_ok=True)
        filled = "".join(f"{name}={value}\n" for name, value in FILLED.items())
        (Path(here) / SHOP / "secrets.env").write_text(filled, encoding="utf-8")
        command = ["kubectl", "kustomize", f"{here}/{folder}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return Cluster(list(yaml.safe_load_all(done.stdout)))


def matches(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a label selector takes these labels."""
    wanted: dict[str, str] = selector.get("matchLabels", {})
    among = selector.get("matchExpressions", [])
    assert {rule["operator"] for rule in among} <= {"In"}
    return wanted.items() <= labels.items() and all(labels.get(rule["key"]) in rule["values"] for rule in among)


@dataclass(frozen=True)
class Program:
    """A Deployment, a StatefulSet, a Job or a CronJob, as what it starts."""

    object: Object

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.object["metadata"]["name"])

    @property
    def spec(self) -> Object:
        """How many, and which pods."""
        spec = self.object["spec"]
        return dict(spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec)

    @property
    def pod(self) -> Object:
        """The pod that it starts."""
        return dict(self.spec["template"]["spec"])

    @property
    def labels(self) -> dict[str, str]:
        """What its pods are found by."""
        return dict(self.spec["template"]["metadata"]["labels"])

    @property
    def main(self) -> Object:
        """The container that does the work."""
        return dict(self.pod["containers"][0])

    @property
    def containers(self) -> list[Object]:
        """All of them, those that come first too."""
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]

    @property
    def told(self) -> list[Object]:
        """Those that run our code, and so are told settings."""
        return [container for container in self.containers if "envFrom" in container]

    @property
    def ports(self) -> dict[str, int]:
        """Where it listens, by name."""
        return {
            port["name"]: port["containerPort"] for each in self.pod["containers"] for port in each.get("ports", [])
        }


@dataclass(frozen=True)
class Cluster:
    """All objects of a folder."""

    objects: list[Object]

    def of(self, *kinds: str) -> list[Object]:
        """The objects of these kinds."""
        return [each for each in self.objects if each["kind"] in kinds]

    def named(self, kind: str) -> dict[str, Object]:
        """Those of a kind, by name."""
        return {each["metadata"]["name"]: each for each in self.of(kind)}

    @cached_property
    def programs(self) -> dict[str, Program]:
        """What starts pods."""
        kinds = ("Deployment", "StatefulSet", "Job", "CronJob")
        return {each["metadata"]["name"]: Program(each) for each in self.of(*kinds)}

    @cached_property
    def deployments(self) -> dict[str, Program]:
        """What goes on for ever."""
        return {name: program for name, program in self.programs.items() if program.object["kind"] == "Deployment"}

    def chosen(self, selector: Object) -> list[Program]:
        """The programs whose pods a selector takes."""
        return [program for program in self.programs.values() if matches(selector, program.labels)]

    def environment(self, container: Object) -> dict[str, str]:
        """What a container is told, by what it refers to."""
        found: dict[str, str] = {}
        for source in container.get("envFrom", []):
            found |= dict(self._told(source))
        return found | {each["name"]: each.get("value", "") for each in container.get("env", [])}

    def _told(self, source: Object) -> Iterator[tuple[str, str]]:
        if "configMapRef" in source:
            yield from self.named("ConfigMap")[source["configMapRef"]["name"]]["data"].items()
        else:
            secret: dict[str, str] = self.named("Secret")[source["secretRef"]["name"]]["data"]
            yield from ((name, base64.b64decode(value).decode()) for name, value in secret.items())
