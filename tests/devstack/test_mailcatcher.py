import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.devstack.running import ROOT, eventually


class Catcher:
    """The mail catcher as the supervisor runs it: the sockets outlive it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.smtp_port, page_port = (listener.getsockname()[1] for listener in self._sockets)
        self.url = f"http://127.0.0.1:{page_port}"
        self.start()

    def start(self) -> None:
        descriptors = [listener.fileno() for listener in self._sockets]
        command = [sys.executable, "-m", "devstack.mailcatcher", str(self._folder), *map(str, descriptors)]
        self.process = subprocess.Popen(command, cwd=ROOT, pass_fds=descriptors)

    def end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        self.process.wait(60)

    def close(self) -> None:
        self.end(signal.SIGKILL)
        for listener in self._sockets:
            listener.close()

    def send(self, content: str | bytes, recipient: str = "anna@example.com") -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as client:
            client.sendmail("shop@holdfast.example", [recipient], content)

    def messages(self, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.url}/api/messages", query, timeout=10).json()["messages"]
        return found


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    running = Catcher(tmp_path / "mail")
    yield running
    running.close()


def test_an_accepted_mail_outlives_a_kill(catcher: Catcher) -> None:
    catcher.send("Subject: First\r\n\r\nHello")
    catcher.end(signal.SIGKILL)
    catcher.start()
    catcher.send("Subject: Second\r\n\r\nHello")
    assert [mail["subject"] for mail in catcher.messages()] == ["Second", "First"]


def test_a_mail_that_cannot_be_kept_is_not_accepted(catcher: Catcher, tmp_path: Path) -> None:
    catcher.send("Subject: Made the folder\r\n\r\n")
    (tmp_path / "mail").rename(tmp_path / "gone")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        catcher.send("Subject: Lost\r\n\r\n")
    assert refused.value.smtp_code == 451


def test_mails_are_found_by_recipient_with_their_bodies(catcher: Catcher) -> None:
    catcher.send("Subject: For Anna\r\n\r\nCode 123", "anna@example.com")
    catcher.send("Subject: For Ben\r\n\r\nCode 456", "ben@example.com")
    (mail,) = catcher.messages(to="ben@example.com", bodies="1")
    assert (mail["subject"], mail["text"].strip(), mail["recipients"]) == ("For Ben", "Code 456", ["ben@example.com"])
    assert mail["sender"] == "shop@holdfast.example"


def test_hostile_html_is_escaped_in_the_pages_and_sandboxed_in_the_mail(catcher: Catcher) -> None:
    catcher.send("Subject: <img src=x onerror=alert(1)>\r\nContent-Type: text/html\r\n\r\n<script>alert(2)</script>")
    (mail,) = catcher.messages()
    pages = [requests.get(f"{catcher.url}{path}", timeout=10) for path in ("/", f"/messages/{mail['id']}")]
    for page in pages:
        assert page.status_code == 200
        assert "<img" not in page.text
        assert "<script" not in page.text
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert '<iframe sandbox title="The mail as HTML"' in pages[1].text
    inside = requests.get(f"{catcher.url}/messages/{mail['id']}/html", timeout=10)
    assert inside.text.strip() == "<script>alert(2)</script>"
    assert inside.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"no header at all",
        b"Subject: =?utf-8?b?////?=\r\nTo: <<<>>,;:\r\nContent-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: text/plain; charset=no-such\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff\xfe!",
        b"Subject: \xff\xfe\r\nFrom: =?x?\r\nDate: never\r\nMessage-ID: <[\r\n\r\n\x80",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 60,
    ],
)
def test_broken_mails_are_shown_as_far_as_they_can_be_read(catcher: Catcher, broken: bytes) -> None:
    catcher.send(broken)
    (mail,) = catcher.messages(bodies="1")
    for path in ("/", *(f"/messages/{mail['id']}{part}" for part in ("", "/html", "/source"))):
        assert requests.get(f"{catcher.url}{path}", timeout=10).status_code == 200


def test_another_site_can_neither_read_nor_delete(catcher: Catcher) -> None:
    catcher.send("Subject: Kept\r\n\r\n")
    rebound = {"Host": "evil.example"}
    foreign = {"Origin": "https://evil.example"}
    assert requests.get(f"{catcher.url}/api/messages", headers=rebound, timeout=10).status_code == 421
    assert requests.post(f"{catcher.url}/delete", headers=rebound, timeout=10).status_code == 403
    assert requests.post(f"{catcher.url}/delete", headers=foreign, timeout=10).status_code == 403
    assert len(catcher.messages()) == 1
    assert requests.post(f"{catcher.url}/delete", headers={"Origin": catcher.url}, timeout=10).status_code == 200
    assert catcher.messages() == []


@pytest.mark.parametrize(
    "path", ["/messages/../../etc/passwd", "/messages/..%2f", "/messages/1", "/nothing", "/messages/"]
)
def test_no_other_file_can_be_read(catcher: Catcher, path: str) -> None:
    with socket.create_connection(("127.0.0.1", int(catcher.url.rpartition(":")[2])), timeout=10) as client:
        client.sendall(f"GET {path} HTTP/1.0\r\nHost: {catcher.url.removeprefix('http://')}\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.0 404")


def test_sigterm_ends_it(catcher: Catcher) -> None:
    catcher.messages()
    catcher.process.send_signal(signal.SIGTERM)
    eventually(lambda: catcher.process.poll() is not None, "the catcher has ended", 10)
    assert catcher.process.returncode == 0
    assert not os.path.exists(f"/proc/{catcher.process.pid}")  # noqa: PTH110 - a process, not a file of ours
