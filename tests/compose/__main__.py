"""Build Enfilade's image, compose it, and see that what is promised of containers is true: `make compose-test`.

With Docker (Compose 2.24 or newer) it uses that, and the images that Dockerfile and docker-compose.yml name. Without,
it must be root on a Debian and finds podman, runc, netavark, aardvark-dns, catatonit, iptables and debootstrap (it
says which are missing, and installs none): then Debian's packages stand in for those images, under their names, and
podman-compose for Compose. It takes some minutes, and some gigabytes in the system's temporary folder. All that it
makes is gone afterwards, unless `--keep FOLDER` keeps the stand-ins for the next time.

What the stand-ins prove: each step of the Dockerfile, on Debian trixie with Python 3.13; locked dependencies by their
hashes, as wheels; user, read-only root, capabilities, limits, entry point, signals and health check of our image;
which service waits for which; migrations, and the bucket; networks and published ports; volumes through `down` and
`up`; that killed containers come back with all that was acknowledged; `make up` once and again.

What only the real images and a real Docker can: that their tags exist; Postgres 18 itself (Debian has 17), its entry
point and the folder of its volume; the entry point and user of SeaweedFS' image, and that it has `wget` and `sh`; our
image's size on the real base; Compose's own `--wait`, `--build` and `--scale`; its logs' rotation; and health that is
asked by the clock: here it is asked by us, for podman leaves that to systemd.
"""

import argparse
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compose import tour
from compose.machine import Machine, Missing, build_stand_ins, found
from compose.stack import LASTING, Stack, composed, eventually
from compose.witness import Witness

MISSING = 2
UPLOAD_SECONDS = 4
#: What the server can reach of the others: the database, S3, and neither the store's files past S3 nor its master.
OPEN = {"database:5432": True, "store:8333": True, "store:8888": False, "store:9333": False}
WITHOUT = "pip gcc cc make initdb postgres"


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)  # noqa: T201 - it is what this is for


def brings_up_from_nothing(stack: Stack) -> None:
    seconds = stack.make("up")
    assert eventually(stack.is_well), "what is up does not become healthy"
    env = stack.folder / ".env"
    values = [line.partition("=")[2] for line in env.read_text().splitlines() if line.startswith("STACK_")]
    assert env.stat().st_mode & 0o777 == 0o600
    assert len([value for value in values if len(value) == 64]) == len({*values} - {""} - {*_defaults(stack)}) == 4
    size = stack.image()["Size"] / 1e6
    say(f"up from nothing in {seconds:.0f} s with its building; the image has {size:.0f} MB; .env has four secrets")


def _defaults(stack: Stack) -> list[str]:
    return [line.partition("=")[2] for line in (stack.folder / ".env.example").read_text().splitlines()]


def starts_each_after_what_it_needs(stack: Stack) -> None:
    state = {service: stack.inspected(service)["State"] for service in ("migrate", "bucket", *LASTING)}
    for service in ("migrate", "bucket"):
        assert (state[service]["Status"], state[service]["ExitCode"]) == ("exited", 0), state[service]
        assert state[service]["FinishedAt"] <= state["server"]["StartedAt"]
    assert state["database"]["StartedAt"] < state["migrate"]["StartedAt"]
    assert state["store"]["StartedAt"] < state["bucket"]["StartedAt"]
    log = stack.run("docker", "logs", stack.id("migrate"))
    assert "revision: " in log, log
    assert all(stack.inspected(service).get("RestartCount", 0) == 0 for service in LASTING)
    say("migrations and bucket came to their end before the server began; nothing had to be started twice")


def is_shut(stack: Stack) -> None:
    assert stack.inside("id", "-u") == stack.inside("id", "-g") == "10001"
    status = dict(line.split(":", 1) for line in stack.inside("cat", "/proc/self/status").splitlines())
    assert int(status["CapBnd"], 16) == int(status["CapEff"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"
    for folder in ("/", "/data", "/opt/enfilade", "/var", "/home"):
        told = stack.inside("sh", "-c", f"touch {folder}/x 2>&1 || true")
        assert "Read-only file system" in told or "Permission denied" in told, told
    assert "Read-only" in stack.inside("sh", "-c", "touch /data/x 2>&1 || true"), "its own folder, too"
    stack.inside("sh", "-c", "echo x >/tmp/x && rm /tmp/x")
    assert stack.inside("sh", "-c", f"for each in {WITHOUT}; do command -v $each; done; true") == ""
    assert stack.inside("sh", "-c", "ulimit -n") == "16384"
    say("the server is user 10001 without capabilities, on a read-only root; /tmp can be written to; no build tools")


def is_reached_only_where_it_says(stack: Stack) -> None:
    for service in ("database", "store"):
        published = stack.inspected(service)["NetworkSettings"]["Ports"] or {}
        assert not any(published.values()), published
    asked = "import socket, sys; print(socket.socket().connect_ex((sys.argv[1], int(sys.argv[2]))) == 0)"
    reached = {port: stack.inside("python", "-c", asked, *port.split(":")) for port in OPEN}
    assert reached == {port: str(is_open) for port, is_open in OPEN.items()}
    say("of the others no port is published, and of the store only S3 is open, to the server")


def takes_the_tour(stack: Stack) -> None:
    say(f"docs/tour.md: {tour.taken(stack)} to all three APIs")


def stays_when_brought_up_again(stack: Stack) -> None:
    before = stack.ids()
    seconds = [f"{stack.make('up'):.0f} s" for _ in range(2)]
    assert eventually(stack.is_well)
    assert stack.ids() == before
    say(f"the second and the third `up` ({', '.join(seconds)}) left every container as it was")


def answers_before_it_ends(stack: Stack, witness: Witness, chance: random.Random) -> None:
    content = chance.randbytes(2_000_000)
    upload = threading.Thread(target=witness.send_slowly, args=(content, UPLOAD_SECONDS))
    before = len(witness.files)
    upload.start()
    time.sleep(UPLOAD_SECONDS / 4)
    began = time.monotonic()
    stack.compose("stop", "server")
    took = time.monotonic() - began
    upload.join()
    assert len(witness.files) == before + 1, "the upload was cut"
    code = stack.inspected("server")["State"]["ExitCode"]
    assert code == 0, code
    assert UPLOAD_SECONDS / 2 < took < UPLOAD_SECONDS + 10, took
    stack.make("up")
    assert eventually(stack.is_well)
    say(f"SIGTERM ended the server in {took:.1f} s with status 0, after an upload of {UPLOAD_SECONDS} s was answered")


def recovers(stack: Stack, witness: Witness, chance: random.Random, rounds: int) -> None:
    for number in range(1, rounds + 1):
        victims = chance.sample(LASTING, chance.randint(1, 2))
        with witness.at_work():
            time.sleep(chance.uniform(0.5, 3))
            began = time.monotonic()
            for victim in victims:
                stack.kill(victim)
            assert eventually(stack.is_well), f"not well after {victims} were killed"
            took = time.monotonic() - began
        seen = witness.find_all()
        say(f"round {number}: killed {', '.join(victims)}; all well after {took:.0f} s; {seen} are there")
    say(f"{witness.failures} times somebody was not answered meanwhile")


def keeps_its_data(stack: Stack, witness: Witness) -> None:
    stack.make("down")
    assert stack.volumes() == ["database", "store"]
    seconds = stack.make("up")
    assert eventually(stack.is_well)
    say(f"down, and up in {seconds:.0f} s: {witness.find_all()} are there")


def begins_anew(stack: Stack, witness: Witness) -> None:
    secret = (stack.folder / ".env").read_bytes()
    stack.compose("down", "--volumes")
    assert stack.volumes() == [], stack.volumes()
    seconds = stack.make("up")
    assert eventually(stack.is_well)
    assert (stack.folder / ".env").read_bytes() == secret
    assert witness.is_forgotten(), "the old key opens something"
    Witness(stack, random.Random(0)).make_a_room()  # noqa: S311 - any will do
    say(f"without volumes, up from nothing in {seconds:.0f} s: nobody is known, and rooms can be made")


def refuses_other_secrets(stack: Stack) -> None:
    env = stack.folder / ".env"
    kept = env.read_text()
    env.unlink()
    done = subprocess.run(
        ["make", "up"],
        cwd=stack.folder,
        env=stack.machine.environment | stack.settings,
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert b"restore .env" in done.stderr, done.stderr
    assert not env.exists()
    env.write_text(kept)
    env.chmod(0o600)
    say("with data, and .env lost, `make up` makes no other secrets, and says what to do")


def everything(stack: Stack, seed: int, rounds: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same again for the same seed
    brings_up_from_nothing(stack)
    starts_each_after_what_it_needs(stack)
    is_shut(stack)
    is_reached_only_where_it_says(stack)
    takes_the_tour(stack)
    stays_when_brought_up_again(stack)
    witness = Witness(stack, chance)
    answers_before_it_ends(stack, witness, chance)
    recovers(stack, witness, chance, rounds)
    keeps_its_data(stack, witness)
    refuses_other_secrets(stack)
    begins_anew(stack, witness)


@contextmanager
def workshop(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    work = Path(tempfile.mkdtemp(prefix="enfilade-compose-"))
    try:
        yield work
    finally:
        shutil.rmtree(work)


@contextmanager
def prepared(work: Path) -> Iterator[Machine]:
    machine = found(work)
    if machine.is_docker:
        yield machine
        return
    say("no Docker answers: podman, with stand-ins for the images")
    build_stand_ins(machine, work)
    try:
        yield machine
    finally:
        for id in machine.run("podman", "ps", "--all", "--quiet").split():
            machine.succeeds("podman", "rm", "--force", "--depend", id)
        machine.run("podman", "network", "prune", "--force")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    parser = argparse.ArgumentParser(prog="make compose-test ARGS=…", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="of what is killed when")
    parser.add_argument("--rounds", type=int, default=6, help="how often something is killed")
    parser.add_argument("--keep", type=Path, help="a folder for podman's stand-ins, left for the next time")
    told = parser.parse_args()
    say(f"seed {told.seed}")
    try:
        with workshop(told.keep) as work, prepared(work) as machine:
            project = f"enfilade-test-{secrets.token_hex(3)}"
            with composed(Stack(machine, work / project, project, free_port())) as stack:
                everything(stack, told.seed, told.rounds)
    except Missing as missing:
        sys.stderr.write(f"{missing}\n")
        return MISSING
    say("all of it is as promised")
    return 0


if __name__ == "__main__":
    sys.exit(main())
