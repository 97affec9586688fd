"""The library that breaks disks, and services that may be broken."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.disk import build, compiler
from tests.chaos.machines import Machines, machines
from tests.chaos.services import Cluster, RedisServer, postgres_programs
from tests.conftest import missing


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if compiler() is None:
        missing("a C compiler")
    return build(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Two nodes and two workers on a PostgreSQL and a Redis of their own."""
    programs = postgres_programs()
    if programs is None:
        missing("PostgreSQL's server")
    if shutil.which("redis-server") is None:
        missing("redis-server")
    cluster, redis = Cluster(programs), RedisServer()
    try:
        with machines(tmp_path_factory.mktemp("machines"), cluster, redis) as started:
            yield started
    finally:
        cluster.close()
        redis.close()
