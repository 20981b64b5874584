"""The cluster backs up each night into a volume that lasts, and old dumps make room before it is full."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

from tests.deploy.cluster import ROOT, SHOP, built

CLUSTER = built(SHOP)
BACKUP = CLUSTER.programs["backup"]
KEPT = 14


def test_a_backup_is_written_into_a_volume_that_outlives_its_pod() -> None:
    (place,) = {mount["name"] for mount in BACKUP.main["volumeMounts"] if mount["mountPath"] == "/backups"}
    (volume,) = (each for each in BACKUP.pod["volumes"] if each["name"] == place)
    claim = CLUSTER.named("PersistentVolumeClaim")[volume["persistentVolumeClaim"]["claimName"]]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert " /backups/" in BACKUP.main["command"][-1]
    assert BACKUP.pod["securityContext"]["fsGroup"] == BACKUP.pod["securityContext"]["runAsUser"]


def test_a_backup_that_hangs_or_fails_is_not_in_the_way_of_the_next() -> None:
    spec = BACKUP.object["spec"]
    minute, hour, *days = spec["schedule"].split()
    assert (minute.isdigit(), hour.isdigit(), days, spec["timeZone"]) == (True, True, ["*"] * 3, "Etc/UTC")
    assert spec["concurrencyPolicy"] == "Forbid"
    assert 0 < BACKUP.spec["activeDeadlineSeconds"] + spec["startingDeadlineSeconds"] < 24 * 3600
    assert (BACKUP.pod["restartPolicy"], BACKUP.spec["backoffLimit"]) == ("Never", 2)


def made_room(folder: Path) -> set[str]:
    (room,) = BACKUP.pod["initContainers"]
    (*shell, command) = room["command"]
    done = subprocess.run([*shell, command.replace("/backups", str(folder))], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return {file.name for file in folder.iterdir()}


def test_the_newest_stay_and_what_a_killed_one_left_goes(tmp_path: Path) -> None:
    assert made_room(tmp_path) == set()
    dumps = [f"holdfast-202612{day:02}T032000Z.dump" for day in range(1, KEPT + 4)]
    others = ["holdfast-20261224T032000Z.dump.part", "before the move.dump"]
    left, deeper = tmp_path / "holdfast-20261101T032000Z.dump.part", tmp_path / "lost+found" / "old.part"
    deeper.parent.mkdir()
    for file in (*(tmp_path / name for name in (*dumps, *others)), left, deeper):
        file.touch()
    for file in (left, deeper):
        os.utime(file, (time.time() - 7200,) * 2)
    assert made_room(tmp_path) == {*dumps[-KEPT:], *others, "lost+found"}
    assert deeper.exists(), "the folder is root's on many volumes, and cannot be read"


def test_the_guide_gets_a_pod_that_has_the_backups_and_makes_none() -> None:
    guide = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    (command,) = re.findall(r"create job at-hand --from=cronjob/backup .* \| (kubectl patch [^|]+) \|", guide)
    made = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "at-hand"}, "spec": BACKUP.spec}
    done = subprocess.run(["sh", "-c", command], input=json.dumps(made), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pod = json.loads(done.stdout)["spec"]["template"]["spec"]
    assert "initContainers" not in pod
    assert pod["containers"] == [BACKUP.main | {"command": ["sleep", "3600"]}]
