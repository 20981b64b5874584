"""What Alertmanager is started with is what it takes, says who is mailed how, and Prometheus knows where it is."""

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.core.settings import SETTINGS
from tests.deploy.alertmanager import SERVICE, command, environment
from tests.deploy.monitored import DEPLOY, PROMETHEUS


def started(folder: Path, **told: str) -> subprocess.CompletedProcess[str]:
    """The service's command up to the moment in which Alertmanager would take over."""
    return subprocess.run(
        command(DEPLOY / "alertmanager", folder),
        env=environment(folder, "true", **told),
        capture_output=True,
        text=True,
        check=False,
    )


def written(folder: Path, **told: str) -> Any:
    """The configuration that it writes, once Alertmanager's own program has found it good."""
    done = started(folder, **told)
    assert (done.returncode, done.stderr) == (0, "")
    checked = ["amtool", "check-config", str(folder / "alertmanager.yml")]
    done = subprocess.run(checked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return yaml.safe_load((folder / "alertmanager.yml").read_text("utf-8"))


def test_alerts_are_mailed_by_the_shops_mail_server(tmp_path: Path) -> None:
    made = written(
        tmp_path, ALERTS_TO="ops@shop.example, it's@shop.example", SMTP_USERNAME="shop", SMTP_PASSWORD="a'\"b"
    )
    assert made["global"]["smtp_smarthost"] == "smtp.example:587"
    assert made["global"]["smtp_from"] == "Shop <no-reply@shop.example>"
    assert made["global"]["smtp_auth_username"] == "shop"
    assert made["route"]["receiver"] == "mail"
    (mail,) = [each["email_configs"] for each in made["receivers"] if each["name"] == "mail"]
    assert [each["to"] for each in mail] == ["ops@shop.example, it's@shop.example"]


def test_the_password_is_in_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    made = written(tmp_path, ALERTS_TO="ops@shop.example", SMTP_USERNAME="shop", SMTP_PASSWORD="pass'\"word")
    file = Path(made["global"]["smtp_auth_password_file"])
    assert file.read_text("utf-8") == "pass'\"word"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "pass" not in str(made).replace("password", "")


def test_without_an_address_nobody_is_mailed(tmp_path: Path) -> None:
    made = written(tmp_path, SMTP_TLS="tls", SMTP_PORT="2465")
    assert made["route"]["receiver"] == "nobody"
    assert made["receivers"] == [{"name": "nobody"}]


@pytest.mark.parametrize(
    ("tls", "port", "required"), [("starttls", "587", True), ("none", "25", False), ("tls", "465", False)]
)
def test_the_mail_server_is_spoken_to_as_the_shop_does(tmp_path: Path, tls: str, port: str, required: bool) -> None:
    made = written(tmp_path, ALERTS_TO="ops@shop.example", SMTP_TLS=tls, SMTP_PORT=port)
    assert made["global"]["smtp_require_tls"] is required


@pytest.mark.parametrize(("tls", "port"), [("tls", "587"), ("TLS", "465")])
def test_what_alertmanager_cannot_do_is_said_and_not_done_otherwise(tmp_path: Path, tls: str, port: str) -> None:
    done = started(tmp_path, ALERTS_TO="ops@shop.example", SMTP_TLS=tls, SMTP_PORT=port)
    assert done.returncode == 1
    assert "SMTP_TLS" in done.stderr
    assert not (tmp_path / "alertmanager.yml").exists()


def test_it_is_told_of_the_mail_server_what_the_shop_is() -> None:
    shop = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text("utf-8"))["services"]["quick"]["environment"]
    unset = {spec.name: f"${{{spec.name}:-{spec.default}}}" for spec in SETTINGS}
    theirs = {name: said for name, said in SERVICE["environment"].items() if name != "ALERTS_TO"}
    assert theirs == {name: shop.get(name, unset[name]) for name in theirs}


def test_prometheus_tells_alerts_where_alertmanager_listens() -> None:
    told = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))["alerting"]["alertmanagers"]
    _, _, port = SERVICE["ports"][0].rpartition(":")
    assert told == [{"static_configs": [{"targets": [f"alertmanager:{port}"]}]}]
