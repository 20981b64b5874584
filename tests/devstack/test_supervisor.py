import os
import signal
import smtplib
import socket
import stat
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
import requests

from app.core.settings import load
from app.offers.gateways.partner import Asked, activate, look_up
from tests.devstack.conftest import StartStack
from tests.devstack.running import eventually, free_port, processes_of

Refused = Callable[..., subprocess.CompletedProcess[str]]


def test_a_stack_in_a_long_folder_with_spaces_starts_and_ctrl_c_leaves_no_process(
    start_stack: StartStack, awkward_tree: Path
) -> None:
    stack = start_stack(home=awkward_tree / "var", tree=awkward_tree).wait_until_ready()
    assert stack.status("/health") == 200
    assert "admin, operator, viewer, customer1" in stack.said
    assert stat.S_IMODE((stack.home / "run" / "stack.env").stat().st_mode) == 0o600
    assert stat.S_IMODE((stack.home / "secrets.env").stat().st_mode) == 0o600
    stack.end(signal.SIGINT)
    assert stack.supervisor.returncode == 0
    assert not (stack.home / "run" / "stack.env").exists()
    stopped = [line.split()[-1] for line in stack.said.splitlines() if "stopping" in line]
    assert stopped == [
        "web",
        "live",
        "worker",
        "heavy",
        "scheduler",
        "mail",
        "simulator",
        "partner",
        "valkey",
        "postgres",
    ]


def test_kill_9_of_the_supervisor_leaves_no_process_and_the_next_start_finds_everything_free(
    start_stack: StartStack, tmp_path: Path
) -> None:
    stack = start_stack(home=tmp_path / "same", WORKERS="3").wait_until_ready()
    eventually(lambda: len(stack.web_processes()) == 3, "three web processes")
    stack.end(signal.SIGKILL)
    again = start_stack(home=tmp_path / "same", PORT=str(stack.port)).wait_until_ready()
    eventually(lambda: again.status("/ready") == 200, "it is ready")


def test_two_stacks_run_side_by_side_and_one_survives_the_other(start_stack: StartStack) -> None:
    first, second = start_stack(), start_stack()
    first.wait_until_ready()
    second.wait_until_ready()
    assert first.variables()["MAIL_UI_URL"] != second.variables()["MAIL_UI_URL"]
    first.end(signal.SIGTERM)
    eventually(lambda: second.status("/ready") == 200, "the other is ready")


def test_whatever_dies_is_started_again(start_stack: StartStack) -> None:
    stack = start_stack().wait_until_ready()
    victims = {
        "postgres": int((stack.home / "postgres/data/postmaster.pid").read_text().splitlines()[0]),
        "web": next(c.pid for c in psutil.Process(stack.supervisor.pid).children() if "wsgi:app" in c.cmdline()),
        "worker": next(
            c.pid for c in psutil.Process(stack.supervisor.pid).children() if c.cmdline()[-1].endswith("worker.py")
        ),
    }
    for pid in victims.values():
        os.kill(pid, signal.SIGKILL)
    for name in victims:
        stack.wait_until_said(f"{name} started again")
    eventually(lambda: stack.status("/ready") == 200, "ready again")
    killed = stack.web_processes()[0]
    killed.kill()
    eventually(lambda: len(set(stack.web_processes()) - {killed}) == 2, "the killed web process is replaced")
    eventually(lambda: stack.status("/ready") == 200, "ready with it")


def test_a_second_ctrl_c_kills_at_once(start_stack: StartStack) -> None:
    stack = start_stack().wait_until_ready()
    worker = next(c for c in psutil.Process(stack.supervisor.pid).children() if "worker.py" in c.cmdline())
    worker.suspend()  # it cannot answer SIGTERM
    stack.supervisor.send_signal(signal.SIGINT)
    stack.wait_until_said("stopping worker")
    stack.end(signal.SIGINT)
    assert stack.supervisor.returncode == 130


def test_the_partner_of_the_stack_activates_under_the_key_that_the_product_has(start_stack: StartStack) -> None:
    variables = start_stack(PARTNER_SUCCESS_RATE="1").wait_until_ready().variables()
    settings = load({"HOLDFAST_ENV": "test"} | {name: variables[name] for name in ("PARTNER_URL", "PARTNER_KEY")})
    wish = Asked(uuid4(), 7, 3, "Gold", 30, Decimal("9.90"), "EUR")
    assert activate(wish, settings).kind == "succeeded"
    assert look_up(wish.transaction_id, settings).kind == "succeeded"


def test_mails_of_the_stack_arrive_at_its_catcher(start_stack: StartStack) -> None:
    variables = start_stack().wait_until_ready().variables()
    with smtplib.SMTP(variables["SMTP_HOST"], int(variables["SMTP_PORT"])) as client:
        client.sendmail("shop@holdfast.example", ["anna@example.com"], "Subject: Hello\r\n\r\nHello Anna")
    found = requests.get(f"{variables['MAIL_UI_URL']}api/messages?to=anna@example.com", timeout=5).json()
    assert [mail["subject"] for mail in found["messages"]] == ["Hello"]


def test_a_folder_in_use_is_refused(start_stack: StartStack, run_supervisor: Refused) -> None:
    stack = start_stack()
    eventually((stack.home / "run" / "stack.env").exists, "the first has begun")
    refused = run_supervisor(HOLDFAST_HOME=str(stack.home), PORT=str(free_port()))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("another stack is using ")
    assert refused.stderr.count("\n") == 1


def test_a_port_in_use_is_one_clear_line(run_supervisor: Refused, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        refused = run_supervisor(PORT=port)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"port {port} cannot be used (address already in use)")
    assert refused.stderr.count("\n") == 1
    assert processes_of(tmp_path / "home") == []


@pytest.mark.parametrize("variable", ["SMTP_PORT", "MAIL_PORT", "SIMULATOR_PORT", "PARTNER_PORT"])
def test_a_port_beside_the_stack_that_was_asked_for_and_is_in_use_is_refused(
    run_supervisor: Refused, variable: str
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        refused = run_supervisor(PORT=str(free_port()), **{variable: port})
    assert refused.returncode == 2
    assert f"choose another by {variable}=" in refused.stderr


def test_an_unwritable_home_is_one_clear_line(run_supervisor: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = run_supervisor(HOLDFAST_HOME=str(tmp_path / "file" / "home"))
    assert refused.returncode == 2
    assert refused.stderr == f"cannot write to {tmp_path / 'file' / 'home'}: Not a directory\n"


def test_a_bad_environment_lists_every_fault_before_anything_starts(run_supervisor: Refused, tmp_path: Path) -> None:
    refused = run_supervisor(PORT="high", WORKERS="0", HOLDFAST_COLOUR="red")
    assert refused.returncode == 2
    assert all(name in refused.stderr for name in ("PORT", "WORKERS", "HOLDFAST_COLOUR"))
    assert not (tmp_path / "home").exists()


def test_reloading_with_several_web_processes_is_refused(run_supervisor: Refused) -> None:
    refused = run_supervisor("--reload", WORKERS="4")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


def test_given_servers_are_used_and_none_is_started(start_stack: StartStack) -> None:
    owner = start_stack().wait_until_ready()
    theirs = {name: owner.variables()[name] for name in ("DATABASE_URL", "REDIS_URL")}
    guest = start_stack(**theirs).wait_until_ready()
    eventually(lambda: guest.status("/ready") == 200, "the guest is ready")
    assert not (guest.home / "postgres").exists()
    assert not (guest.home / "valkey").exists()


def test_metrics_of_an_earlier_run_are_gone(start_stack: StartStack, tmp_path: Path) -> None:
    leftover = tmp_path / "metrics" / "counter_1.db"
    leftover.parent.mkdir()
    leftover.write_text("")
    start_stack(PROMETHEUS_MULTIPROC_DIR=str(leftover.parent)).wait_until_ready()
    assert not leftover.exists()
