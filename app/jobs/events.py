"""What happens to jobs."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JobDied:
    """A job used up its tries and is a dead letter now."""

    job_id: int
    name: str
    args: dict[str, Any]
