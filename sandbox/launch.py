"""Become a program that cannot outlive the process that started it.

Run as `python -I -S launch.py SIGNAL UID GID PARENT -- program args…`. It drops root's rights when
asked, asks the kernel for SIGNAL on the parent's death, and becomes the program. A small program
of its own instead of a `preexec_fn`: code between fork and exec may deadlock in a process with
threads. Only the standard library, so that it starts in a few milliseconds.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
KEEP = -1  # "stay who you are", for UID and GID


def become(signal_number: int, uid: int, gid: int, parent: int, argv: list[str]) -> None:
    """Replace this process by `argv`; never returns."""
    if uid != KEEP:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # after setuid: the kernel forgets the wish when a process changes its user
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # the parent died before the wish was heard
        sys.exit(1)
    os.execv(argv[0], argv)  # noqa: S606  no shell is wanted: an argument list of ours


if __name__ == "__main__":
    death_signal, user, group, starter = (int(number) for number in sys.argv[1:5])
    become(death_signal, user, group, starter, sys.argv[6:])
