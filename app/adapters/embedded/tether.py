"""Run a program that ends with the process that asked for it.

`tether.py PARENT UID GID PROGRAM [ARGUMENT …]`, a script of its own rather than a `preexec_fn`, which is not
safe once the parent has threads. It is run by path with `-I -S`, so it imports nothing of this project. The
server's workers call `end_with` for themselves.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
NOT_EXECUTABLE = 126  # what a shell answers for a program that it finds and may not run


def become(uid: int, gid: int) -> None:
    """Give root's rights up for good."""
    if uid == os.geteuid():
        return
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as error:
        sys.exit(f"root may not become uid {uid} here, {error.strerror}; start as an ordinary user")


def end_with(parent: int) -> None:
    """Have the kernel interrupt us when the parent's thread ends, and end now if it has ended already."""
    # After `become`: the kernel forgets this signal at a change of user. SIGINT is Postgres' fast shutdown, and
    # uvicorn's graceful one.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the process that asked for this program is gone")


def main(parent: str, uid: str, gid: str, program: str, *arguments: str) -> None:
    """Exit with 126 where the program may not be run, and 1 where anything else stands in the way."""
    become(int(uid), int(gid))
    end_with(int(parent))
    try:
        os.execv(program, [program, *arguments])  # noqa: S606 -- a shell would stand between parent and program
    except PermissionError as error:
        sys.stderr.write(f"{program}: {error.strerror}\n")
        sys.exit(NOT_EXECUTABLE)
    except OSError as error:
        sys.exit(f"{program}: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
