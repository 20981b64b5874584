"""`python -m bench.presets URL`: the crowd of locustfile.py in four sizes before a running stack, a report for each."""

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from bench.report import RESULTS

PRESETS = (10, 100, 300, 500)
HERE = Path(__file__).parent


def main() -> int:
    """Run each size, and say where its report is."""
    parser = argparse.ArgumentParser(prog="python -m bench.presets", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=int, default=60, help="length of each run")
    parser.add_argument("--users", type=int, nargs="*", default=PRESETS)
    options = parser.parse_args()
    if not find_spec("locust"):
        print("bench: locust is missing: pip install locust", file=sys.stderr)
        return 1
    RESULTS.mkdir(exist_ok=True)
    return max(_run(options.url, users, options.seconds) for users in options.users)


def _run(url: str, users: int, seconds: int) -> int:
    page = RESULTS / f"locust-{users}.html"
    options = ["--headless", "--only-summary", "--host", url, "-u", str(users), "-r", str(max(10, users // 5))]
    command = [sys.executable, "-m", "locust", "-f", str(HERE / "locustfile.py"), *options]
    done = subprocess.run([*command, "-t", f"{seconds}s", "--html", str(page)], check=False)
    print(f"{users} users: {page}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
