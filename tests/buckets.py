"""SeaweedFS, which speaks S3, in a process of its own: on this machine only, in a folder that is given up with it."""

import base64
import contextlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx
import pytest
from ports import free_ports
from processes import NO_TLS, eventually

from app.adapters.embedded.account import TETHER

WEED = Path(sys.executable).with_name("weed")
BUCKET = "files"
SECRET = "a secret of the tests"
#: Access keys that have that secret, and what they may.
IDENTITIES = {"owner": ["Admin", "Read", "Write", "List"], "reader": ["Read", "List"]}
_LISTENERS = ("master.port", "volume.port", "filer.port", "s3.port")
_FIXED = (
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-master.telemetry=false",
    "-master.electionTimeout=1s",
    "-master.heartbeatInterval=50ms",
    "-master.resumeState=false",
    "-master.volumeSizeLimitMB=64",
    "-volume.max=40",
    "-filer",
    "-s3",
    "-s3.autoCreateBucket=false",
    "-s3.iam=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
)


@dataclass
class Buckets:
    """The server, with one bucket in which every test has a prefix of its own."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def settings(self) -> dict[str, str]:
        """The variables by which it is found."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.ports['s3.port']}",
            "AWS_ACCESS_KEY_ID": "owner",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    @property
    def prefix(self) -> dict[str, str]:
        """The settings for a prefix of its bucket that nobody else has."""
        return {**self.settings, "ENFILADE_BLOBS_URL": f"s3://{BUCKET}/{uuid.uuid4()}/files"}

    def start(self) -> Self:
        """Start it and wait until it keeps what it is given."""
        names = [name for listener in _LISTENERS for name in (listener, f"{listener}.grpc")]
        self.ports = self.ports or dict(zip(names, free_ports(len(names)), strict=True))
        identities = [
            {"name": key, "credentials": [{"accessKey": key, "secretKey": SECRET}], "actions": actions}
            for key, actions in IDENTITIES.items()
        ]
        (self.folder / "identities.json").write_text(json.dumps({"identities": identities}))
        (self.folder / "data").mkdir(exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self._command(), cwd=self.folder, env=_ENVIRONMENT, stdout=log, stderr=log)
        if not eventually(lambda: self._keeps() or self._ended) or self._ended:
            pytest.fail(f"SeaweedFS did not start: {(self.folder / 'log').read_text()[-2000:]}")
        return self

    def _command(self) -> list[str]:
        who = [str(number) for number in (os.getpid(), os.getuid(), os.getgid())]
        tethered = [sys.executable, "-I", "-S", str(TETHER), *who, str(WEED)]
        places = ["-dir=data", "-s3.config=identities.json", "-s3.localSocket=s3.sock", "-filer.localSocket=filer.sock"]
        ports = [f"-{name}={port}" for name, port in self.ports.items()]
        return [*tethered, "-logtostderr", "server", *_FIXED, *places, *ports]

    @property
    def _filer(self) -> str:
        return f"http://127.0.0.1:{self.ports['filer.port']}/buckets/{BUCKET}"

    @property
    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _keeps(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            made = httpx.put(f"{self._filer}/ready", content=b"?", verify=NO_TLS)  # the bucket, too
            status = f"{self.settings['AWS_ENDPOINT_URL']}/status"
            return made.is_success and httpx.get(status, verify=NO_TLS).is_success
        return False

    def end(self) -> None:
        """End it at once, as a machine does that loses its power."""
        if self.process:
            self.process.kill()
            self.process.wait()
        for name, port in self.ports.items():
            if name.endswith(".grpc"):
                Path(f"/tmp/seaweedfs-{name.split('.')[0]}-grpc-{port}.sock").unlink(missing_ok=True)  # noqa: S108

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Have no such server for the time of a `with`."""
        self.end()
        try:
            yield
        finally:
            self.start()

    def unfinished(self, prefix: str) -> list[str]:
        """Return the keys below this prefix of which parts came, and not yet all."""
        answer = httpx.get(f"{self._filer}/.uploads/", params={"limit": 10_000}, headers={"Accept": "application/json"})
        entries = answer.json()["Entries"] or [] if answer.is_success else []
        keys = [base64.b64decode(entry["Extended"]["key"]).decode() for entry in entries]
        return [key.removeprefix(f"{prefix}/") for key in keys if key.startswith(f"{prefix}/")]


_ENVIRONMENT = os.environ | {"WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}  # volumes are made one by one


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Buckets]:
    """Run it for the time of a `with`."""
    buckets = Buckets(folder)
    try:
        yield buckets.start()
    finally:
        buckets.end()
