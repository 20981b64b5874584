"""Mails as files: one per message, complete and on disk before the sender is told so."""

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from devstack.mailcatcher.message import Summary, summary

NAME = re.compile(r"\d{20}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Mailbox:
    """A folder of mails; names sort by arrival."""

    folder: Path

    def keep(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Writes a mail so that it outlives a kill and a power cut, and returns its name."""
        name = f"{time.time_ns():020d}-{os.urandom(4).hex()}"
        envelope = f"Return-Path: <{sender}>\r\nX-Envelope-To: {', '.join(recipients)}\r\n".encode("utf-8", "replace")
        unfinished = self.folder / f"{name}.new"
        with unfinished.open("wb") as file:
            file.write(envelope + content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._path(name))
        self._sync_folder()
        return name

    def names(self) -> list[str]:
        """Every mail, newest first."""
        return sorted((path.stem for path in self.folder.glob("*.eml")), reverse=True)

    def read(self, name: str) -> bytes | None:
        """The bytes of a mail, or None when there is no such mail."""
        if not NAME.fullmatch(name):
            return None
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def summaries(self, *, limit: int, recipient: str = "", offset: int = 0) -> list[Summary]:
        """What the list shows, newest first, of all mails or those to one recipient."""
        names = self.names()
        if not recipient:
            return [_remembered(self._path(name)) for name in names[offset : offset + limit]]
        every = (_remembered(self._path(name)) for name in names)
        return [found for found in every if recipient in found.recipients][offset : offset + limit]

    def empty(self) -> None:
        """Deletes every mail."""
        for name in self.names():
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.eml"

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@lru_cache(maxsize=20_000)
def _remembered(path: Path) -> Summary:
    """A kept mail never changes."""
    try:
        return summary(path.stem, path.read_bytes())
    except FileNotFoundError:
        return summary(path.stem, b"")
