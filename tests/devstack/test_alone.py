"""What is simulated runs without a launcher too: in a container it binds its port and has a name for other machines."""

import sys
from pathlib import Path

import pytest
import requests

from devstack.ports import listen
from devstack.processes import spawn
from tests.devstack.partnered import KEY
from tests.devstack.running import ROOT, eventually


def free_port() -> int:
    with listen(0, "PORT") as probe:
        port: int = probe.getsockname()[1]
    return port


def answers(port: int, host: str) -> int:
    """The status of its page, asked by this name."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/", headers={"Host": f"{host}:{port}"}, timeout=10).status_code
    except requests.ConnectionError:
        return 0


def test_it_binds_its_port_and_is_asked_by_its_name_and_no_other(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "devstack.partner", str(tmp_path / "kept"), f"127.0.0.1:{port}"]
    with (tmp_path / "log").open("wb") as log:
        program = spawn(command, env={"PARTNER_KEY": KEY, "KNOWN_AS": "partner"}, cwd=ROOT, output=log)
    try:
        eventually(lambda: answers(port, "127.0.0.1") == 200, "it answers")
        assert answers(port, "partner") == 200
        assert answers(port, "elsewhere") == 421
    finally:
        program.terminate()
        assert program.wait(60) == 0


@pytest.mark.parametrize(
    ("module", "more"),
    [("partner", ()), ("simulator", ("http://127.0.0.1:9/",))],
)
def test_an_empty_key_opens_nothing(module: str, more: tuple[str, ...], tmp_path: Path) -> None:
    keys = {"PARTNER_KEY": "", "PAYMENT_PROVIDER_KEY": "", "PAYMENT_WEBHOOK_SECRETS": "whsec_c2VjcmV0"}
    command = [sys.executable, "-m", f"devstack.{module}", str(tmp_path / "kept"), f"127.0.0.1:{free_port()}", *more]
    with (tmp_path / "log").open("wb") as log:
        program = spawn(command, env=keys, cwd=ROOT, output=log)
    try:
        assert program.wait(60) == 1
    finally:
        program.kill()
    assert "an empty key would open this service to everybody" in (tmp_path / "log").read_text()
