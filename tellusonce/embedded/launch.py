"""Becomes a server: gives up root where asked, ties this process to its parent, and executes the server's program.

Run as a script, because code between fork and exec is not safe in a process with threads. Its arguments: the parent's
pid, the signal to get when the parent dies, "uid:gid" or "" to stay who it is, then the program and its arguments.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def give_up_root(account: str) -> None:
    """Become the account for good."""
    user_id, group_id = map(int, account.split(":"))
    os.setgroups([])
    os.setgid(group_id)
    os.setuid(user_id)


def end_with_parent(parent_pid: int, death_signal: int) -> None:
    """Get death_signal when the thread that started this process ends (on Linux; elsewhere there is no prctl)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
    # A parent that died before the prctl sends no signal.
    if os.getppid() != parent_pid:
        sys.exit("the process that was starting this server has ended")


def main() -> None:
    """Do as the module's docstring says; does not return."""
    parent_pid, death_signal, account, program, *arguments = sys.argv[1:]
    # Blocked signals outlive exec, and a server deaf to its death signal would stay.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if account:
        give_up_root(account)
    # After the change of account, which clears the death signal.
    end_with_parent(int(parent_pid), int(death_signal))
    # Our own environment may hold secrets, and settings that these servers would take for theirs.
    os.execve(program, [program, *arguments], {"LC_ALL": "C", "PATH": os.defpath})


if __name__ == "__main__":
    main()
