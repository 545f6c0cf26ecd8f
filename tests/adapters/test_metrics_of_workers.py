"""What workers have left is read by several who ask at once: their requests are answered by threads."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from app.adapters.metrics.endpoint import _OfWorkers

OF_NOBODY = range(2**30, 2**30 + 4)  # Linux numbers no process so high
ROUNDS = 200  # of which one in ten failed


def test_who_asks_when_workers_have_gone_is_answered_as_is_who_asks_beside_him(tmp_path: Path) -> None:
    figures, start = _OfWorkers(str(tmp_path)), Barrier(2)

    def ask() -> list[object]:
        start.wait()
        return list(figures.collect())

    with ThreadPoolExecutor(2) as askers:
        for _ in range(ROUNDS):
            for process in OF_NOBODY:
                (tmp_path / f"gauge_livesum_{process}.db").write_bytes(bytes(8))
            assert [asked.result() for asked in [askers.submit(ask) for _ in range(2)]] == [[], []]
            assert list(tmp_path.iterdir()) == []
