"""How root runs a server that refuses root and nameless users, without making users or opening folders."""

import ctypes
import os
import pwd
from collections.abc import Callable
from functools import partial
from pathlib import Path

from devstack.processes import check, libc

CLONE_NEWUSER = 0x10000000
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522

Become = Callable[[], None]


def ordinary_user(binary: Path, folder: Path, data: Path) -> Become | None:
    """What a child does before it becomes the server: a change of identity for root and for users without a name."""
    uid = os.geteuid()
    if uid != 0:
        return None if _has_name(uid) else partial(enter_namespace, uid, os.getegid(), _spare_user())
    owner = data.stat().st_uid if data.exists() else 0
    if owner != 0:
        return partial(lend_files_to, owner)
    namespace = partial(enter_namespace, uid, os.getegid(), _spare_user())
    return namespace if _reaches(namespace, binary, folder) else partial(lend_files_to, _spare_user())


def enter_namespace(uid: int, gid: int, inside: int) -> None:
    """The same user and the same files, in a user namespace where the user has another number."""
    check(libc.unshare(CLONE_NEWUSER), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inside} {gid} 1")


def lend_files_to(uid: int) -> None:
    """Another user that may still open root's files: where containers forbid namespaces."""
    check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "prctl")
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    only = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    check(libc.capset(header, (ctypes.c_uint32 * 6)(only, only, only, 0, 0, 0)), "capset")
    check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0), "prctl")


def _reaches(become: Become, binary: Path, folder: Path) -> bool:
    """Whether a process that became somebody else this way can run the binary and write to the folder."""
    child = os.fork()
    if child == 0:
        try:
            become()
            os._exit(0 if os.access(binary, os.X_OK) and os.access(folder, os.W_OK | os.X_OK) else 1)
        except BaseException:  # noqa: BLE001 - the copy of this process must end here, whatever happened
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _spare_user() -> int:
    """A user that exists everywhere, since initdb looks its own name up."""
    users = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid != 0}
    return users.get("nobody") or max(users.values())


def _has_name(uid: int) -> bool:
    return any(entry.pw_uid == uid for entry in pwd.getpwall())
