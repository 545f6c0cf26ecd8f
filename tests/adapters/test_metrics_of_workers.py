"""What workers have counted is there when they are gone, and no more of their files than of one."""

import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing.context import SpawnContext
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app.adapters.metrics import endpoint
from app.settings import Settings

TOLD = {"api": "chats", "operation": "GET /rooms", "status": 200, "milliseconds": 3.0}
WORKERS = Settings(_env_file=None, workers=2)
SPAWN: SpawnContext = multiprocessing.get_context("spawn")


def count(times: int) -> None:
    """Count as a worker does, and be gone."""
    from app.adapters.metrics import figures  # noqa: PLC0415 - where the variable is set

    for _ in range(times):
        figures.count(TOLD)
    figures.POOL.labels("used").set(times)


def begun(times: int) -> None:
    worker = SPAWN.Process(target=count, args=(times,))
    worker.start()
    worker.join()
    assert worker.exitcode == 0


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[CollectorRegistry]:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    with endpoint.registry_of(WORKERS) as registry:
        yield registry


def values(registry: CollectorRegistry) -> dict[str, float]:
    text = generate_latest(registry).decode()
    return {sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples}


def test_counts_of_the_gone_add_up_however_often_they_are_asked_for(registry: CollectorRegistry) -> None:
    begun(2)
    assert values(registry)["enfilade_requests_total"] == 2
    begun(3)
    for _ in range(3):
        seen = values(registry)
        assert seen["enfilade_requests_total"] == 5
        assert seen["enfilade_request_seconds_count"] == 5
        assert seen["enfilade_request_seconds_sum"] == pytest.approx(0.015)


def test_what_is_now_is_not_said_of_the_gone(registry: CollectorRegistry) -> None:
    begun(2)
    assert "enfilade_pool_connections" not in values(registry)


def test_files_do_not_grow_in_number_with_the_gone(registry: CollectorRegistry) -> None:
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    numbers = []
    for _ in range(2):
        begun(1)
        values(registry)
        numbers.append(len(list(folder.iterdir())))
    assert numbers[0] == numbers[1]


def test_what_a_killed_server_has_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    monkeypatch.setattr(endpoint, "_IN_MEMORY", str(tmp_path))
    gone, ours = tmp_path / "enfilade-metrics-999999999-x", tmp_path / f"enfilade-metrics-{os.getpid()}-x"
    for folder in (gone, ours):
        folder.mkdir()
        (folder / "counter_1.db").write_bytes(b"")
    with endpoint.registry_of(WORKERS):
        assert (gone.exists(), ours.exists()) == (False, True)
