"""Lets the tests of object stores find the journal's world, and a store that fails as it is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "journal"))
sys.path.insert(0, str(Path(__file__).parent))

from faulty_s3 import FaultyS3

from s3_fixture import S3Server


@pytest.fixture
def faulty(s3_server: S3Server) -> Iterator[FaultyS3]:
    """A way to the server that fails as it is told."""
    with FaultyS3(s3_server.endpoint) as proxy:
        yield proxy
