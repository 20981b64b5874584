"""What live processes share in Redis of one subject: who looks, and what was seen last.

The lease is owner-checked: one who slept past it neither renews nor overwrites what its successor left. All of it may
be gone at any time; then each process looks for itself.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import redis

from app.core import jsons
from app.core.clock import rfc3339
from app.core.ids import uuid7
from app.core.redis import Doorbell
from app.core.streams import Snapshot, Zones

KEPT_MS = 60_000

TURN = """
local holder = redis.call('GET', KEYS[1])
if not holder or holder == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return {1}
end
local moment, version = unpack(redis.call('HMGET', KEYS[2], 'moment', 'version'))
if version == ARGV[3] then return {0, moment, version} end
return {0, moment, version, redis.call('HGET', KEYS[2], 'zones')}
"""
LEAVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'moment', ARGV[2], 'version', ARGV[3], 'zones', ARGV[4])
return redis.call('PEXPIRE', KEYS[2], ARGV[5])
"""
GIVE_UP = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


@dataclass(frozen=True)
class Turn:
    """Whether it is for this process to look; if not, what another has seen."""

    mine: bool
    seen: Snapshot | None = None


class Shared:
    """One subject as this process shares it."""

    def __init__(self, doorbell: Doorbell, subject: str, lease_seconds: float) -> None:
        """Ask nothing yet."""
        self._doorbell, self._me, self._lease_ms = doorbell, uuid7().hex, int(lease_seconds * 1000)
        self._keys = [f"live:{{{subject}}}:lease", f"live:{{{subject}}}:state"]
        self._version, self._zones = "", Zones()

    def turn(self) -> Turn | None:
        """Take or renew the lease, or read what its holder left; None while Redis does not answer."""
        return self._doorbell.ask(self._read, None)

    def leave(self, seen: Snapshot) -> None:
        """Leave what was seen to the others, if it is still for this process to do so."""
        zones = jsons.dump(seen.zones)
        facts = rfc3339(seen.moment), sha256(zones).hexdigest()[:16], zones, KEPT_MS
        self._doorbell.ask(lambda client: self._run(client, LEAVE, *facts), None)

    def give_up(self) -> None:
        """Let another look."""
        self._doorbell.ask(lambda client: self._run(client, GIVE_UP), None)

    def _read(self, client: redis.Redis) -> Turn:
        """What is the same as before is not sent again."""
        mine, *left = self._run(client, TURN, self._lease_ms, self._version)
        if mine or left[0] is None:
            return Turn(mine=bool(mine))
        if left[2:]:
            self._version, self._zones = left[1].decode(), jsons.parse(left[2])
        return Turn(mine=False, seen=Snapshot(self._zones, datetime.fromisoformat(left[0].decode())))

    def _run(self, client: redis.Redis, script: str, *arguments: Any) -> Any:
        run: Any = client.register_script(script)
        return run(keys=self._keys, args=[self._me, *arguments])
