"""`make run` and `make dev`: the whole stack under one process."""

import os
import signal
import socket
import sys
import time
from types import FrameType

from app.core.settings import SettingsError
from devstack.banner import banner
from devstack.child import Child, Keeper, Service
from devstack.errors import StackError
from devstack.folders import forget_figures
from devstack.logs import Logs
from devstack.plan import DATABASE, ROOT, Plan, make_plan
from devstack.ports import LOOPBACK
from devstack.processes import die_with_parent
from devstack.programs import preparation, programs
from devstack.secrets_file import write_private
from devstack.watch import Watch


class Supervisor:
    """Starts the parts in order, keeps them running, and stops them in the opposite order."""

    def __init__(self, plan: Plan, began: float) -> None:
        self._plan = plan
        self._began = began
        self._logs = Logs()
        self._stopping = False
        self._keepers: list[Keeper] = []
        self._programs: list[Child] = []

    def run(self) -> int:
        """Runs until a signal; the answer is the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._stop_or_kill)
        try:
            return self._run()
        except KeyboardInterrupt:
            self._logs.say("killing what is left")
            return 130
        finally:
            self._leave()

    def _run(self) -> int:
        try:
            self._start()
            self._keep()
        except StackError as error:
            self._logs.say(str(error))
            return 1
        finally:
            self._stop()
        return 0

    def _start(self) -> None:
        for server in self._plan.servers:
            self._begin(Keeper(server, self._logs))
        if self._plan.postgres is not None:
            self._plan.postgres.create_database(DATABASE)
        write_private(self._plan.stack_file, self._plan.connections())
        forget_figures(self._plan.metrics)
        self._prepare()
        self._programs = programs(self._plan, self._logs)
        for program in self._programs:
            self._begin(Keeper(program, self._logs))

    def _begin(self, keeper: Keeper) -> None:
        if not self._stopping:
            self._keepers.append(keeper)
            keeper.start()

    def _prepare(self) -> None:
        child = preparation(self._plan, self._logs)
        child.start()
        try:
            while child.running and not self._stopping:
                self._logs.pump(0.1)
        finally:
            child.stop()
        if child.code != 0 and not self._stopping:
            raise StackError("the database cannot be prepared: see the lines above")

    def _keep(self) -> None:
        ready = False
        watch = Watch(ROOT) if self._plan.reload else None
        while not self._stopping:
            self._logs.pump(0.2)
            for keeper in self._keepers:
                keeper.tend()
            if not ready and (ready := _answers(self._plan.settings.port)):
                self._logs.say(banner(self._plan, time.monotonic() - self._began))
            if watch is not None and watch.changed():
                self._restart_background()

    def _restart_background(self) -> None:
        """The web process is reloaded by gunicorn itself."""
        for program in self._programs:
            if program.name in {"live", "worker", "heavy", "scheduler"}:
                self._logs.say(f"code changed: restarting {program.name}")
                program.stop()
                program.start()

    def _stop(self) -> None:
        self._stopping = True
        for service in self._services():
            if service.running:
                self._logs.say(f"stopping {service.name}")
                service.stop()

    def _services(self) -> list[Service]:
        """In the order of their end."""
        return [*self._programs, *reversed(self._plan.servers)]

    def _leave(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for service in self._services():
            service.kill()
        self._plan.stack_file.unlink(missing_ok=True)
        self._plan.lock.release()

    def _stop_or_kill(self, _number: int, _frame: FrameType | None) -> None:
        if self._stopping:
            raise KeyboardInterrupt
        self._stopping = True


def _answers(port: int) -> bool:
    """Whether the web process says that it is ready."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=0.5) as client:
            client.sendall(b"GET /ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return client.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


def main(arguments: list[str]) -> int:
    """Runs a stack; what is wrong with its environment is told before anything starts."""
    began = time.monotonic()
    if "--with-parent" in arguments:
        die_with_parent(os.getppid(), signal.SIGTERM)
    try:
        plan = make_plan(reload="--reload" in arguments)
    except (StackError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
    return Supervisor(plan, began).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
