"""On what it was measured."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.place import Postgres


def described(postgres: Postgres) -> str:
    """Return one line: the machine, how busy it was before, the versions, the day."""
    server = postgres.run(lambda connection: connection.fetchval("SHOW server_version"))
    packages = [f"{name} {version(name)}" for name in ("fastapi", "uvicorn", "sqlalchemy", "asyncpg")]
    versions = [f"Python {platform.python_version()}", f"Postgres {server}", *packages]
    return f"{cores()}, load {os.getloadavg()[0]:.1f} before; {', '.join(versions)}; {datetime.now(UTC):%Y-%m-%d}."


def cores() -> str:
    """Say what computes."""
    return f"{os.cpu_count()} cores ({_processor()})"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
