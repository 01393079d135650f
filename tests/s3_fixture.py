"""An S3 server for the tests: moto's, one a session, with object lock and conditional writes.

With JINKU_TEST_S3_ENDPOINT (and credentials in the usual variables) the same tests run against a real store instead;
those that need one which takes every signature are skipped there, and there alone.
"""

from __future__ import annotations

import itertools
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from processes import die_with_parent

from jinku.journal.adapters.s3_place import BucketUrl

__all__ = ["SECRET", "S3Server", "s3_server"]

ENDPOINT_VARIABLE = "JINKU_TEST_S3_ENDPOINT"
SECRET = "wJalrXUtnFEMI/K7MDENG+geheim"  # awkward on purpose: it must appear in no message
_START_SECONDS = 300
_SERVER = """
import os
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
application = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
os.environ["MOTO_PORT"] = str(server.port)
print(server.port, flush=True)
server.serve_forever()
"""


@dataclass
class S3Server:
    """A server that answers at ``endpoint``. ``make()`` gives the place of a new, empty bucket."""

    endpoint: str
    checks_signatures: bool = False  # a real one does: no proxy may leave out a header that was signed
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _client: Any = None

    @property
    def client(self) -> Any:
        """A client of the tests' own: what the product's would never do is done by this one."""
        if self._client is None:
            config = Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required")
            self._client = Session().create_client(
                "s3", region_name="us-east-1", endpoint_url=self.endpoint, config=config
            )
        return self._client

    def make(self, lock: bool = False, prefix: str = "a/log") -> BucketUrl:
        """The place of a new bucket."""
        name = f"t{next(self._numbers)}-{secrets.token_hex(6)}"
        self.client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=lock)
        return BucketUrl(name, prefix, self.endpoint, "us-east-1")

    def takes_any_signature(self) -> None:
        """This test plays a store that overlooks headers, which only a server that checks no signatures lets us do."""
        if self.checks_signatures:
            pytest.skip("a real store notices that signed headers are missing")

    def keys(self, place: BucketUrl) -> set[str]:
        """The paths of the objects that stand."""
        answer = self.client.list_objects_v2(Bucket=place.bucket)
        return {one["Key"].removeprefix(place.key("")) for one in answer.get("Contents", ())}

    def spoil(self, place: BucketUrl, path: str, data: bytes) -> None:
        """Somebody with the keys of the store puts other bytes there."""
        self.client.put_object(Bucket=place.bucket, Key=place.key(path), Body=data)


@contextmanager
def _moto() -> Iterator[str]:
    """The endpoint of a server that dies with this process; it took the port itself, and says which."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=die_with_parent(),  # noqa: PLW1509  prctl alone runs there
    ) as process:
        late = threading.Timer(_START_SECONDS, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            late.cancel()
            if not port:
                raise RuntimeError("moto does not start: is its package whole?")
            yield f"http://127.0.0.1:{port}"
        finally:
            late.cancel()
            process.kill()


@pytest.fixture(scope="session")
def _session_server() -> Iterator[S3Server]:
    named = os.environ.get(ENDPOINT_VARIABLE, "")
    if named:
        yield S3Server(named, checks_signatures=True)
        return
    with _moto() as endpoint:
        yield S3Server(endpoint)


@pytest.fixture
def s3_server(_session_server: S3Server) -> Iterator[S3Server]:
    """The session's server; during the test the credentials of this process are such as it takes."""
    with pytest.MonkeyPatch.context() as patch:
        if not _session_server.checks_signatures:
            patch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        for name, value in (("AWS_CONFIG_FILE", os.devnull), ("AWS_EC2_METADATA_DISABLED", "true")):
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
            patch.delenv(name, raising=False)
        yield _session_server
