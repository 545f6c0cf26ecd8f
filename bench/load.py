"""Load over HTTP, made by wrk."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.measurement import BenchFailed, Measurement, Meter
from bench.programs import Program

_SCRIPT = Path(__file__).with_suffix(".lua")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that is sent again and again; where it `creates`, with a new name each time."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    creates: bool = False

    def check(self, name: str) -> None:
        """Send it once, and fail unless it is answered as it should be."""
        if self.creates:
            answer = httpx.post(self.url, headers=dict(self.headers), json={"name": name})
        else:
            answer = httpx.get(self.url, headers=dict(self.headers))
        if answer.status_code != httpx.codes.OK or not answer.json():
            raise BenchFailed(f"{self.url} answers {answer.status_code} {answer.text[:200]}")


def send(wrk: Program, request: Request, *, connections: int, seconds: int, names: str, meter: Meter) -> Measurement:
    """Send the request over so many connections for so long; names begin with `names`. Any refusal is a failure."""
    headers = [word for name, value in request.headers.items() for word in ("-H", f"{name}: {value}")]
    script = ["-s", str(_SCRIPT), request.url, "--", *(["POST", names] if request.creates else ["GET"])]
    command = [str(wrk.path), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", *headers, *script]
    before = meter.read()
    done = subprocess.run(command, env=wrk.environment, capture_output=True, text=True, check=False)
    spent = meter.spent_since(before)
    if done.returncode:
        raise BenchFailed(f"wrk at {request.url}: {done.stderr}")
    result: dict[str, Any] = json.loads(done.stderr)
    if result["refused"] or result["failed"] or not result["requests"]:
        raise BenchFailed(
            f"{request.url}: of {result['requests']} requests {result['refused']} were refused,"
            f" {result['failed']} failed"
        )
    return Measurement.of(
        count=result["requests"],
        seconds=result["microseconds"] / 1e6,
        spent=spent,
        p50=result["p50"] / 1e3,
        p99=result["p99"] / 1e3,
    )
