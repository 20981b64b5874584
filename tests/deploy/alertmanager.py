"""The service `alertmanager` of docker-compose.yml as a plain program: its command, with what it is told."""

import os
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.monitored import DEPLOY

SERVICE: dict[str, Any] = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text("utf-8"))["services"][
    "alertmanager"
]
TOLD = {
    "MAIL_FROM": "Shop <no-reply@shop.example>",
    "SMTP_HOST": "smtp.example",
    "SMTP_PORT": "587",
    "SMTP_TLS": "starttls",
}


def command(scripts: Path, folder: Path) -> list[str]:
    """What is started when .env says nothing more, with other folders."""
    places = {"/etc/holdfast": str(scripts), "/alertmanager": str(folder / "storage")}
    words = [re.sub(r"\$\{\w+:-(\w*)\}", r"\1", word) for word in (*SERVICE["entrypoint"], *SERVICE["command"])]
    return [re.sub("|".join(places), lambda found: places[found[0]], word) for word in words]


def environment(folder: Path, program: str, **told: str) -> dict[str, str]:
    """Nothing but what the file tells, under which this program is known as Alertmanager."""
    assert told.keys() <= SERVICE["environment"].keys()
    found = shutil.which(program)
    assert found, f"{program} is missing"
    (folder / "bin").mkdir()
    (folder / "bin" / "alertmanager").symlink_to(found)
    every = dict.fromkeys(SERVICE["environment"], "") | TOLD | told
    return every | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "TMPDIR": str(folder)}
