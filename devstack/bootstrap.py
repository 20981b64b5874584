"""Makes the virtual environment: `python3 -m devstack.bootstrap [run|check]`."""

# An old Python must be able to read this file far enough to say that it is too old.
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Holdfast needs Python 3.11 or newer, this is %d.%d: name another, as in `make run PYTHON=python3.12`"  # noqa: UP031
        % sys.version_info[:2]
    )

from devstack.virtualenv import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
