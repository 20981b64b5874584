"""A real Alertmanager, started as docker-compose.yml does, mails what Prometheus would tell it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import requests

from devstack.processes import spawn
from tests.deploy.alertmanager import command, environment
from tests.deploy.monitored import ALERTS, DEPLOY
from tests.processes.post_office import Office, open_office
from tests.processes.stack import eventually, free_port

DATABASE_DOWN = next(rule for rule in ALERTS if rule["alert"] == "DatabaseDown")


@contextmanager
def alertmanager(folder: Path, **told: str) -> Iterator[str]:
    """Where it answers; it waits for nothing before it mails."""
    scripts = shutil.copytree(DEPLOY / "alertmanager", folder / "scripts")
    text = (scripts / "start.sh").read_text("utf-8")
    for patience in ("group_wait: 10s", "group_interval: 5m"):
        assert patience in text
        text = text.replace(patience, f"{patience.partition(':')[0]}: 1s")
    (scripts / "start.sh").write_text(text, "utf-8")
    address = f"127.0.0.1:{free_port()}"
    with (folder / "log").open("wb") as log:
        asked = [*command(scripts, folder), f"--web.listen-address={address}"]
        program = spawn(asked, env=environment(folder, "prometheus-alertmanager", **told), output=log)
    try:
        eventually(lambda: program.poll() is not None or is_ready(f"http://{address}"), "Alertmanager is ready")
        assert program.poll() is None, (folder / "log").read_text()
        yield f"http://{address}"
    finally:
        program.kill()
        program.wait()


def is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=2).ok
    except requests.RequestException:
        return False


def tell(url: str, **more: str) -> None:
    """An alert as Prometheus tells it."""
    labels = {"alertname": DATABASE_DOWN["alert"]} | DATABASE_DOWN["labels"]
    alert = {"labels": labels, "annotations": DATABASE_DOWN["annotations"]} | more
    assert requests.post(f"{url}/api/v2/alerts", json=[alert], timeout=10).status_code == 200


def mails(office: Office) -> list[tuple[str, str, str]]:
    """To whom, about what, and the text."""
    read = [message_from_bytes(text, policy=policy.default) for text in office.texts]
    bodies = [mail.get_body(("plain",)) for mail in read]
    return [
        (str(mail["To"]), str(mail["Subject"]), body.get_content())
        for mail, body in zip(read, bodies, strict=True)
        if body
    ]


def test_an_alert_is_mailed_with_what_to_do_and_so_is_its_end(tmp_path: Path) -> None:
    office = Office()
    with open_office(office) as port:
        asked = {"ALERTS_TO": "ops@shop.example", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_TLS": "none"}
        with alertmanager(tmp_path, **asked) as url:
            tell(url)
            eventually(lambda: len(mails(office)) == 1, "it is mailed")
            tell(url, endsAt=datetime.now(UTC).isoformat())
            eventually(lambda: len(mails(office)) == 2, "its end is mailed")
    (to, about, text), (_, _, end) = mails(office)
    assert to == "ops@shop.example"
    assert "DatabaseDown" in about
    assert "DatabaseDown, critical: since 2" in text
    assert all(words in text for words in DATABASE_DOWN["annotations"].values())
    assert "DatabaseDown, critical: over since 2" in end


def test_without_an_address_it_runs_and_shows_what_is_wrong(tmp_path: Path) -> None:
    with alertmanager(tmp_path) as url:
        tell(url)
        eventually(lambda: requests.get(f"{url}/api/v2/alerts?receiver=nobody", timeout=10).json(), "it is shown")
