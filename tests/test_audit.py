"""`.ci/audit.py`: a known vulnerability is a failure, and what nobody could be asked about is never called clean."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from ports import free_port

ROOT = Path(__file__).parents[1]
ID = "GHSA-aaaa-bbbb-cccc"
ADVISORY = {
    "id": ID,
    "summary": "Lets anybody in",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "doorless"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}
LOCKED = """doorless=={} \\
    --hash=sha256:00
    # via something
windowless==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:00
"""
Audit = Callable[..., "subprocess.CompletedProcess[str]"]


class Internet(BaseHTTPRequestHandler):
    """A registry, and the advisories, as OSV tells them: of one package every version before 1.1 is known."""

    def do_GET(self) -> None:
        *_, name = self.path.strip("/").split("/")
        if name.endswith(".metadata"):
            package, version, *_ = name.split("-")
            self._answer("text/plain", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        elif self.path.startswith("/simple/"):
            wheels = [f"{name}-{version}-py3-none-any.whl" for version in ("1.0", "1.1")]
            self._answer("text/html", "".join(f'<a href="{one}" data-core-metadata="true">{one}</a>' for one in wheels))
        else:
            self._answer("application/json", json.dumps(ADVISORY))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        known = [(one["package"]["name"], one["version"]) == ("doorless", "1.0") for one in asked]
        results = [{"vulns": [{"id": ID, "modified": ADVISORY["modified"]}]} if one else {} for one in known]
        self._answer("application/json", json.dumps({"results": results}))

    def _answer(self, type: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", type)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def internet() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Internet)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def audit(internet: str, tmp_path: Path) -> Audit:
    """Audit a lock file with this version of a package, and ask there."""

    def audit(version: str, *options: str, url: str = internet) -> "subprocess.CompletedProcess[str]":
        lock = tmp_path / "requirements.txt"
        lock.write_text(LOCKED.format(version))
        own = {"UV_DEFAULT_INDEX": f"{internet}simple/", "UV_NO_CONFIG": "1", "UV_CACHE_DIR": str(tmp_path / "cache")}
        command = [sys.executable, ROOT / ".ci/audit.py", lock, "--service-url", url, *options]
        return subprocess.run(command, env=os.environ | own, capture_output=True, text=True, check=False)

    return audit


def test_a_known_vulnerability_is_a_failure_that_says_what_mends_it(audit: Audit, tmp_path: Path) -> None:
    done = audit("1.0")
    assert done.stdout.splitlines() == [
        f"{tmp_path}/requirements.txt: 2 packages, known vulnerabilities: 1",
        f"  doorless 1.0: Lets anybody in ({ID}), mended in 1.1",
    ]
    assert (done.returncode, done.stderr) == (1, "")


def test_packages_of_which_nothing_is_known_pass(audit: Audit, tmp_path: Path) -> None:
    done = audit("1.1")
    assert done.stdout == f"{tmp_path}/requirements.txt: 2 packages, known vulnerabilities: none\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_one_that_is_passed_over_passes(audit: Audit) -> None:
    done = audit("1.0", "--ignore", ID)
    assert (done.returncode, "known vulnerabilities: none" in done.stdout) == (0, True)


def test_what_nobody_could_be_asked_about_is_no_failure_and_not_called_clean(audit: Audit, tmp_path: Path) -> None:
    done = audit("1.0", url=f"http://127.0.0.1:{free_port()}/")
    assert done.stdout.startswith(f"NOT audited: {tmp_path}/requirements.txt (")
    assert (done.stdout.count("\n"), "none" in done.stdout) == (1, False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_lock_file_that_the_registry_does_not_know_is_not_called_clean(audit: Audit) -> None:
    done = audit("2.0")
    assert done.stdout.startswith("NOT audited: ")
    assert "doorless==2.0" in done.stdout
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
