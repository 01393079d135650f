"""A time stamping authority: `openssl ts -reply` behind HTTP, under an authority made for the test."""

from __future__ import annotations

import datetime
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)
_CONFIG = """[tsa]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def key_pem(self) -> bytes:
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(encoding, form, serialization.NoEncryption())


def make_key(kind: str = "ec") -> Any:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def certify(
    name: str,
    above: Issued | None = None,
    *,
    kind: str = "ec",
    days: tuple[int, int] = (-1, 30),
    usage: tuple[Any, ...] = (),
    critical: bool = True,
    path_length: int | None = None,
    constrained: bool = False,
    address: str = "",
) -> Issued:
    """A certificate: of an authority, or with ``usage`` of a leaf."""
    key, now = make_key(kind), datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.certificate.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(not usage, None if usage else path_length), critical=True)
    )
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=critical)
    if constrained:
        names = x509.NameConstraints([x509.DNSName("example.org")], None)
        builder = builder.add_extension(names, critical=True)
    if address:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)
    return Issued(builder.sign(above.key if above else key, hashes.SHA256()), key)


@dataclass
class Authority:
    """Answers requests by openssl, with this certificate and this chain in its answers."""

    folder: Path
    leaf: Issued
    chain: list[Issued] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        (self.folder / "leaf.pem").write_text(self.leaf.pem)
        (self.folder / "leaf.key").write_bytes(self.leaf.key_pem())
        (self.folder / "chain.pem").write_text("".join(one.pem for one in self.chain))
        (self.folder / "serial").write_text("01\n")
        (self.folder / "config").write_text(_CONFIG.format(folder=self.folder))

    def reply(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        words = ["openssl", "ts", "-reply", "-queryfile", "query", "-config", "config", "-section", "tsa"]
        words += ["-signer", "leaf.pem", "-inkey", "leaf.key", "-out", "reply"]
        words += ["-chain", "chain.pem"] if self.chain else []
        subprocess.run(words, cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "reply").read_bytes()


@dataclass
class Server:
    """An HTTP server whose answer to each request is ``answer(method, path, body)``: status, headers, body."""

    url: str
    asked: list[tuple[str, str, bytes]]
    answer: Callable[[str, str, bytes], tuple[int, dict[str, str], bytes]]


@contextmanager
def serving(
    answer: Callable[[str, str, bytes], tuple[int, dict[str, str], bytes]], tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._do("POST", self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self) -> None:
            self._do("GET", b"")

        def _do(self, method: str, body: bytes) -> None:
            server.asked.append((method, self.path, body))
            status, headers, data = server.answer(method, self.path, body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that went away is no event."""

    with Quiet(("127.0.0.1", 0), Handler) as listener:
        if tls is not None:
            listener.socket = tls.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
        server = Server(f"{'https' if tls else 'http'}://127.0.0.1:{listener.server_port}", [], answer)
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def need_openssl() -> None:
    if shutil.which("openssl") is None:
        pytest.skip("the time stamping authority of the tests is openssl, which is not here")
