"""Connections on which a test says what no HTTP library would, and what outages befall."""

import contextlib
from collections.abc import Iterator

import pytest
from clusters import Cluster, cluster_in
from processes import RunServer, Server, settings_of
from sockets import accepted_by
from wire import Connect, Wire


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Open connections, which are closed at the test's end."""
    with contextlib.ExitStack() as stack:

        def connect(url: str) -> Wire:
            wire = Wire(url)
            stack.callback(wire.close)
            return wire

        yield connect


@pytest.fixture
def wire(connect: Connect, server: Server) -> Wire:
    """A connection to the server that all tests share."""
    return connect(server.url)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Postgres of these tests alone, which they may kill."""
    with cluster_in(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def two_workers(run_server: RunServer, cluster: Cluster) -> Iterator[Server]:
    """A server on that Postgres, of whose workers each has answered."""
    with run_server(**settings_of(cluster.url), ENFILADE_WORKERS="2") as server:
        for worker in server.workers:
            with accepted_by(worker, server.workers):
                server.ready()
        yield server
