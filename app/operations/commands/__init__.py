"""Commands that run a deployment."""

from app.operations.commands.cache import cache
from app.operations.commands.deployment import config, demo, invariants, prepare
from app.operations.commands.doctor import doctor
from app.operations.commands.ops import ops

CLI = [config, demo, prepare, invariants, doctor, ops, cache]
