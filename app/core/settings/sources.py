"""Where variables come from: the environment, files named by NAME_FILE, and in development two local files."""

from collections.abc import Iterable
from pathlib import Path

from app.core.settings.parsing import Spec


def environment(environ: dict[str, str], specs: Iterable[Spec], faults: list[str]) -> dict[str, str]:
    """All variables that are set, the nearer source first."""
    stripped = {name: value.strip() for name, value in environ.items()}
    found = {name: value for name, value in _with_secret_files(stripped, specs, faults).items() if value}
    if found.get("HOLDFAST_ENV", "development") == "development":
        found = _pairs(Path(".env"), faults) | found
        found = _pairs(Path(found.get("HOLDFAST_HOME", "./var")) / "run" / "stack.env", faults) | found
    return found


def _with_secret_files(environ: dict[str, str], specs: Iterable[Spec], faults: list[str]) -> dict[str, str]:
    found = dict(environ)
    for spec in specs:
        path = environ.get(f"{spec.name}_FILE", "")
        if not spec.secret or not path or environ.get(spec.name):
            continue
        try:
            found[spec.name] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            faults.append(f"{spec.name}_FILE: {path} cannot be read: {error.strerror}.")
        except UnicodeDecodeError:
            faults.append(f"{spec.name}_FILE: {path} is no UTF-8 text.")
    return found


def _pairs(path: Path, faults: list[str]) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    except UnicodeDecodeError:
        faults.append(f"{path}: it is no UTF-8 text.")
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs if value.strip()}
