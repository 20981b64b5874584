"""Commands that run a deployment."""

from app.operations.commands.deployment import config, demo, invariants, prepare
from app.operations.commands.doctor import doctor

CLI = [config, demo, prepare, invariants, doctor]
