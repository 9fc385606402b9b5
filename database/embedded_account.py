"""The operating system account that the embedded PostgreSQL runs as."""

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple

# From <linux/prctl.h>, <linux/securebits.h> and <linux/capability.h>.
PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
SECBIT_NO_SETUID_FIXUP, CAPABILITY_VERSION_3, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 4, 0x20080522, 1, 2
LIBC = ctypes.CDLL(None)


class Account(NamedTuple):
    """The user that the server runs as, and the capabilities any one of which lets it reach its files."""

    uid: int
    gid: int
    capabilities: tuple[int, ...]

    def assume(self, parent: int) -> None:
        """Switch to the account; runs between fork and exec. The death signal comes last: changing the user clears it."""
        linux = sys.platform == "linux"
        if os.geteuid() != self.uid:
            if linux and self.capabilities:
                # Without this, `access`, which PostgreSQL uses to find its programs, would ignore the capability.
                LIBC.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)
            if self.capabilities and not (linux and any(map(_keep, self.capabilities))):
                os.write(2, b"Closed folders stop user %d: run as an ordinary user, or set DATABASE_URL.\n" % self.uid)
                os._exit(1)
        if linux:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)


def needed_capabilities(uid: int, gid: int, data: Path, program: Path) -> tuple[int, ...]:
    """CAP_DAC_READ_SEARCH is the lesser right, but does not allow execution, and root in Docker does not have it."""

    def admits(path: Path) -> bool:
        status = path.stat()
        bit = 0o100 if status.st_uid == uid else 0o010 if status.st_gid == gid else 0o001
        return bool(status.st_mode & bit)

    if not admits(program):
        return (CAP_DAC_OVERRIDE,)
    return () if all(map(admits, (*data.parents, *program.parents))) else (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE)


def _keep(capability: int) -> bool:
    """Make it the only capability of this process and of the programs that it executes."""
    header, bit = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), 1 << capability
    only = (ctypes.c_uint32 * 6)(bit, bit, bit)  # effective, permitted, inheritable, and their upper halves
    return not (LIBC.capset(header, only) or LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0))
