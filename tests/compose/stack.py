"""The composed containers of one project: brought up by make, asked, looked into, killed."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compose.machine import ROOT, Machine

COPIED = [
    *("Dockerfile", ".dockerignore", "docker-compose.yml", ".env.example", "Makefile"),
    *("README.md", "LICENSE", "pyproject.toml", "app", "migrations", "docs"),
]
LASTING = ("database", "store", "server")
PATIENCE = 120


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.25)
    return bool(met)


@dataclass(frozen=True)
class Stack:
    """A copy of the project's files in a folder of its own, under a project's name, on a port of its own."""

    machine: Machine
    folder: Path
    project: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "COMPOSE_PROJECT_NAME": self.project,
            "STACK_IMAGE": self.project,
            "STACK_PUBLISHED": f"127.0.0.1:{self.port}",
        }

    def copy(self) -> None:
        """Copy what is built and composed, so that no `.env` of a developer's has a part in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in [*COPIED, *(path.name for path in ROOT.glob("requirements*.txt"))]:
            source, target = ROOT / name, self.folder / name
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)

    def run(self, *command: str | Path, **more: str) -> str:
        return self.machine.run(*command, cwd=self.folder, **{**self.settings, **more})

    def make(self, target: str) -> float:
        """Run make, and return how many seconds it took."""
        began = time.monotonic()
        self.run("make", target)
        return time.monotonic() - began

    def compose(self, *arguments: str) -> str:
        return self.run("docker", "compose", *arguments)

    def inside(self, *command: str) -> str:
        return self.compose("exec", "-T", "server", *command).strip()

    def enfilade(self, *arguments: str) -> Any:
        return json.loads(self.inside("enfilade", *arguments, "--json"))

    def id(self, service: str) -> str:
        """Return the id of the service's one container."""
        labels = {"project": self.project, "service": service}
        filters = [f"--filter=label=com.docker.compose.{label}={value}" for label, value in labels.items()]
        [id] = self.run("docker", "ps", "--all", "--quiet", "--no-trunc", *filters).split()
        return id

    def ids(self) -> dict[str, str]:
        return {service: self.id(service) for service in LASTING}

    def inspected(self, service: str) -> Any:
        [container] = json.loads(self.run("docker", "inspect", self.id(service)))
        return container

    def image(self) -> Any:
        [image] = json.loads(self.run("docker", "image", "inspect", self.project))
        return image

    def volumes(self) -> list[str]:
        listed = self.run("docker", "volume", "ls", "--quiet").split()
        return sorted(name.removeprefix(f"{self.project}_") for name in listed if name.startswith(f"{self.project}_"))

    def is_healthy(self, service: str) -> bool:
        """Whether the container's own health check is content; where nobody else asks it, we do."""
        if self.machine.is_docker:
            return bool(self.inspected(service)["State"].get("Health", {}).get("Status") == "healthy")
        return self.machine.succeeds("docker", "healthcheck", "run", self.id(service))

    def is_well(self) -> bool:
        return self.is_ready() and all(map(self.is_healthy, LASTING))

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 204
        return False

    def kill(self, service: str) -> None:
        """Kill it as a machine out of memory does, so that only its restart policy brings it back."""
        pid = self.inspected(service)["State"]["Pid"]
        try:
            os.kill(pid, signal.SIGKILL)
        except (PermissionError, ProcessLookupError):  # Docker's processes are not ours, or not of this machine
            self.compose("kill", service)
            self.compose("start", service)


@contextlib.contextmanager
def composed(stack: Stack) -> Iterator[Stack]:
    """Have the project's files there, and whatever was made of them gone afterwards."""
    stack.copy()
    try:
        yield stack
    finally:
        if (stack.folder / ".env").exists():
            stack.compose("down", "--volumes", "--timeout", "5")
        stack.machine.succeeds("docker", "image", "rm", "--force", stack.project)
        shutil.rmtree(stack.folder)
