"""Fuzz the APIs round after round, each with another seed and on a new server, until something is found."""

import argparse
import itertools
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from fuzz.fuzzer import APIS, SETTINGS, command, environment
from processes import running

from app.settings import PREFIX

INTERRUPTED = 128 + signal.SIGINT
LAST_WORDS = 10  # seconds
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt_once(*_: Any) -> NoReturn:
    """Raise KeyboardInterrupt; from now on nothing disturbs the tidying up."""
    for sign in SIGNALS:
        signal.signal(sign, signal.SIG_IGN)
    raise KeyboardInterrupt


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the first round; each adds one")
    parser.add_argument("--examples", type=int, default=200, help="for each operation in each round (%(default)s)")
    parser.add_argument("--minutes", type=float, default=60, help="after which no round begins (%(default)s)")
    parser.add_argument("--api", choices=APIS, action="append", help="this API alone; may be said again")
    return parser.parse_args()


def _finds_nothing(arguments: list[str], folder: Path) -> bool:
    """Run schemathesis to its end; interrupted, it still says what it has found so far."""
    with subprocess.Popen(arguments, env=environment(folder), cwd=folder) as process:
        try:
            return process.wait() == 0
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(LAST_WORDS)
            process.kill()  # below some shells it has learned to ignore SIGINT
            raise


def _round(apis: list[str], *, seed: int, examples: int) -> bool:
    """Fuzz these APIs on a server and a Postgres of their own, so that the seed decides all; True: nothing found."""
    with tempfile.TemporaryDirectory(prefix="enfilade-fuzz-") as name, running(Path(name), **SETTINGS) as server:
        commands = [command(api, server, seed=seed, examples=examples) for api in apis]
        return all(_finds_nothing(arguments, Path(name)) for arguments in commands)


def _rounds(wanted: argparse.Namespace) -> str | None:
    """Return how the round in which something was found is repeated."""
    end = time.monotonic() + 60 * wanted.minutes
    for seed in itertools.count(wanted.seed):
        again = f'make fuzz ARGS="--seed {seed} --examples {wanted.examples}"'
        print(f"\n=== {again}", flush=True)  # noqa: T201 - it is a program
        if not _round(wanted.api or list(APIS), seed=seed, examples=wanted.examples):
            return again
        if time.monotonic() > end:
            break
    return None


def main() -> None:
    """Exit with 1 when something was found."""
    wanted = _arguments()
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        del os.environ[name]  # a database of the caller's is not for fuzzing
    for sign in SIGNALS:
        if signal.getsignal(sign) is not signal.SIG_IGN:  # as SIGHUP is below `nohup`
            signal.signal(sign, _interrupt_once)
    try:
        found = _rounds(wanted)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(f"\nFound something. The same again: {found}" if found else 0)


if __name__ == "__main__":
    main()
