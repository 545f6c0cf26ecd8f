"""What docs/operating.md names is there, and its configurations are what the programs that read them accept."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from manual import OPERATING
from prometheus_client import REGISTRY

import app.adapters.metrics.figures  # noqa: F401 - registers them
from app import settings

PAGE = OPERATING.read_text()
FILES = OPERATING.with_suffix("")
SOURCE = "\n".join(file.read_text() for file in (OPERATING.parents[1] / "app").rglob("*.py"))


def named(pattern: str) -> set[str]:
    return set(re.findall(pattern, PAGE))


def test_every_setting_exists() -> None:
    with_prefix = {
        name for file in (OPERATING, *FILES.iterdir()) for name in re.findall(r"ENFILADE_[A-Z_]+", file.read_text())
    }
    without = named(r"`(?!ENFILADE)([A-Z]+_[A-Z_]+)`") - {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "TMPDIR"}
    told = with_prefix | {f"{settings.PREFIX}{name}" for name in without}
    assert len(told) > 20
    assert told - settings.names() == set()


def metrics() -> set[str]:
    """Return the server's own, named as they are shown."""
    own = [metric for metric in REGISTRY.collect() if metric.name.startswith("enfilade_")]
    return {metric.name + ("_total" if metric.type == "counter" else "") for metric in own}


def test_every_metric_is_there_and_no_other() -> None:
    assert len(metrics()) > 5
    assert set(re.findall(r"^\| `(enfilade_[a-z_]+)`", PAGE, re.MULTILINE)) == metrics()


def test_alerts_ask_for_metrics_that_are_there() -> None:
    asked = set(re.findall(r"enfilade_[a-z_]+", (FILES / "enfilade.rules.yml").read_text()))
    assert len(asked) > 3
    assert {name.removesuffix("_bucket") for name in asked} - metrics() == set()


def test_every_line_of_the_log_is_one_that_is_written() -> None:
    table = PAGE.partition("| line |")[2].partition("\n\n")[0]
    lines = [line for row in table.splitlines()[2:] for line in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(lines) > 10
    words = {
        part
        for line in lines
        for part in re.split(
            r"…|\bN\b|: …|\(…\)|(?:database|event_dispatcher|storage_service|previewer_service)(?= is)", line
        )
    }
    kept = {word.strip(" :(),") for word in words} - {""}
    assert {word for word in kept if word not in SOURCE} == set()


def test_it_links_to_every_file_beside_it() -> None:
    assert {file.name for file in FILES.iterdir()} == named(r"\]\(operating/([^)]+)\)")


def checked(*command: str) -> str:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_its_files(tmp_path: Path) -> None:
    for name in ("prometheus.yml", "enfilade.rules.yml"):
        shutil.copy(FILES / name, tmp_path)
    checked("promtool", "check", "config", str(tmp_path / "prometheus.yml"))


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = (FILES / "enfilade.service").read_text().replace("/opt/enfilade/bin/enfilade", "/bin/true")
    (tmp_path / "enfilade.service").write_text(unit)
    checked("systemd-analyze", "verify", str(tmp_path / "enfilade.service"))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate with its key, in one file."""
    files = [tmp_path / name for name in ("key", "cert", "both")]
    subject = ["-subj", "/CN=rooms.example.org", "-keyout", str(files[0]), "-out", str(files[1])]
    checked("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject)
    files[2].write_text(files[0].read_text() + files[1].read_text())
    return files[2]


def test_haproxy_takes_its_file(tmp_path: Path, certificate: Path) -> None:
    text = (FILES / "haproxy.cfg").read_text().replace("/etc/ssl/rooms.example.org.both.pem", str(certificate))
    (tmp_path / "haproxy.cfg").write_text(text)
    checked("haproxy", "-c", "-f", str(tmp_path / "haproxy.cfg"))


def test_nginx_takes_its_file(tmp_path: Path, certificate: Path) -> None:
    text = re.sub(r"/etc/ssl/rooms.example.org.(pem|key)", str(certificate), (FILES / "nginx.conf").read_text())
    own = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off;\n"
    (tmp_path / "nginx.conf").write_text(own + re.sub(r"listen (443|80)", r"listen 127.0.0.1:1\1", text) + "}\n")
    checked("nginx", "-t", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path))
