"""Time stamps by openssl, and everything that can be wrong with one."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import rfc3161_client
from cryptography import x509
from stamping import STAMPING, Authority, Issued, certify, need_openssl, serving

from jinku.core import JinkuError, ManualClock, SystemClock
from jinku.journal.adapters.anchor_rfc3161 import TimeStampAuthority, request
from jinku.journal.anchors import AnchorState, Proof
from jinku.journal.verifier.verify_anchors import read_stamp

DATA = b"jinku/anchor/1\0example.jinku\n7\n" + b"A" * 44 + b"\n"
DIGEST = hashlib.sha256(DATA).digest()
OK = {"Content-Type": "application/timestamp-reply"}
FROZEN = Path(__file__).parent / "frozen"  # one stamp over DIGEST, and the root that it leads to: the same in each run


@dataclass
class World:
    folder: Path
    root: Issued
    authority: Authority
    proof: Proof


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """An authority under a root, and one good time stamp of it."""
    need_openssl()
    folder = tmp_path_factory.mktemp("tsa")
    root = certify("Test Root")
    authority = Authority(folder / "good", certify("Test Authority", root, usage=STAMPING))
    with served(authority) as server:
        proof = TimeStampAuthority(server.url, {"ca": root.pem}, SystemClock()).submit(DIGEST)
    return World(folder, root, authority, proof)


def served(authority: Authority):  # type: ignore[no-untyped-def]
    return serving(lambda _method, _path, body: (200, OK, authority.reply(body)))


def believed(pem: str) -> TimeStampAuthority:
    return TimeStampAuthority("http://127.0.0.1:9", {"ca": pem}, SystemClock())


def refused(code: str, source: TimeStampAuthority, proof: Proof | None = None) -> JinkuError:
    with pytest.raises(JinkuError) as caught:
        source.submit(DIGEST) if proof is None else source.verify(DIGEST, proof)
    assert caught.value.code == code, caught.value
    return caught.value


def test_a_stamp_is_taken_checked_and_says_when(world: World) -> None:
    assert world.proof.state is AnchorState.COMPLETE
    said = believed(world.root.pem).verify(DIGEST, world.proof)
    assert said.at is not None
    assert abs(said.at.timestamp() - SystemClock().now_ms() / 1000) < 3600
    assert said.facts["policy"] == "1.2.3.4.1"


def test_openssl_and_another_library_say_the_same(world: World, tmp_path: Path) -> None:
    for name, data in (("reply", world.proof.data), ("data", DATA), ("ca.pem", world.root.pem.encode())):
        (tmp_path / name).write_bytes(data)
    words = ["openssl", "ts", "-verify", "-data", "data", "-in", "reply", "-CAfile", "ca.pem"]
    assert b"Verification: OK" in subprocess.run(words, cwd=tmp_path, check=True, capture_output=True).stdout
    theirs = rfc3161_client.decode_timestamp_response(world.proof.data)
    ours = read_stamp(world.proof.data)
    assert (ours.at, ours.serial, ours.nonce, ours.imprint) == (
        theirs.tst_info.gen_time,
        theirs.tst_info.serial_number,
        theirs.tst_info.nonce,
        theirs.tst_info.message_imprint.message,
    )


def test_openssl_reads_our_request(tmp_path: Path) -> None:
    need_openssl()
    for nonce in (0, 127, 128, (1 << 63) + 5, (1 << 64) - 1):
        (tmp_path / "query").write_bytes(request(DIGEST, nonce))
        words = ["openssl", "ts", "-query", "-in", "query", "-text"]
        text = subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
        assert int(text.partition("Nonce: 0x")[2].split()[0], 16) == nonce
        assert "Certificate required: yes" in text
        assert "sha256" in text


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_keys_of_each_kind_and_a_chain_in_any_order(world: World, tmp_path: Path, kind: str) -> None:
    """What rfc3161-client 1.0.9 refuses: openssl writes the certificates in the order that it is given."""
    middle = certify("Between", world.root, kind=kind)
    leaf = certify("Leaf", middle, kind=kind, usage=STAMPING)
    for number, chain in enumerate(([middle, world.root], [world.root, middle], [middle])):
        data = Authority(tmp_path / f"{kind}{number}", leaf, chain).reply(request(DIGEST, 7))
        for pinned in (world.root, leaf, middle):
            assert believed(pinned.pem).verify(DIGEST, Proof(AnchorState.COMPLETE, data)).at is not None


def test_another_digest(world: World) -> None:
    with pytest.raises(JinkuError) as caught:
        believed(world.root.pem).verify(bytes(32), world.proof)
    assert caught.value.code == "anchor.digest"
    assert caught.value.exit_code == 5


def test_an_answer_to_another_request(world: World) -> None:
    with serving(lambda *_: (200, OK, world.proof.data)) as server:
        refused("anchor.nonce", TimeStampAuthority(server.url, {"ca": world.root.pem}, SystemClock()))


def test_another_authority_of_the_same_name(world: World) -> None:
    error = refused("anchor.untrusted", believed(certify("Test Root").pem), world.proof)
    assert "Test Root" in str(error)


@pytest.mark.parametrize(
    ("code", "details"),
    [
        ("anchor.expired", {"days": (-20, -2)}),
        ("anchor.expired", {"days": (5, 20)}),
        ("anchor.untrusted", {"constrained": True}),
    ],
)
def test_a_leaf_that_may_not(world: World, tmp_path: Path, code: str, details: dict[str, object]) -> None:
    leaf = certify("Leaf", world.root, usage=STAMPING, **details)  # type: ignore[arg-type]
    data = Authority(tmp_path / "tsa", leaf).reply(request(DIGEST, 7))
    refused(code, believed(world.root.pem), Proof(AnchorState.COMPLETE, data))


def test_a_root_or_an_issuer_that_may_not(world: World, tmp_path: Path) -> None:
    old = certify("Old Root", days=(-20, -2))
    no_more = certify("Root", path_length=0)
    middle = certify("Between", no_more)
    end = certify("End", world.root, usage=STAMPING)
    cases = [
        ("anchor.expired", old, certify("Leaf", old, usage=STAMPING), []),
        ("anchor.untrusted", no_more, certify("Leaf", middle, usage=STAMPING), [middle]),
        ("anchor.untrusted", world.root, certify("Leaf", end, usage=STAMPING), [end]),  # a leaf is no authority
    ]
    for number, (code, root, leaf, chain) in enumerate(cases):
        data = Authority(tmp_path / str(number), leaf, chain).reply(request(DIGEST, 7))
        refused(code, believed(root.pem), Proof(AnchorState.COMPLETE, data))


def test_a_certificate_for_more_than_stamping(world: World, tmp_path: Path) -> None:
    """openssl does not serve with such a one, so a good stamp is held against it as the pinned certificate."""
    usages = (*STAMPING, x509.oid.ExtendedKeyUsageOID.CODE_SIGNING)
    for number, leaf in enumerate(
        (certify("Leaf", world.root, usage=usages), certify("Leaf", world.root, usage=STAMPING, critical=False))
    ):
        authority = Authority(tmp_path / str(number), leaf)
        with pytest.raises(subprocess.CalledProcessError):
            authority.reply(request(DIGEST, 7))


def test_a_clock_that_is_an_hour_off(world: World) -> None:
    with served(world.authority) as server:
        late = ManualClock(SystemClock().now_ms() + 2 * 3600 * 1000)
        refused("anchor.time", TimeStampAuthority(server.url, {"ca": world.root.pem}, late))


def test_every_changed_byte_that_is_signed_is_noticed() -> None:
    """What is accepted with a bit flipped is what no signature covers, and says the same."""
    reply = (FROZEN / "reply.tsr").read_bytes()
    good = read_stamp(reply)
    source, accepted, codes = believed((FROZEN / "root.pem").read_text()), 0, set()
    assert source.verify(DIGEST, Proof(AnchorState.COMPLETE, reply)).at == good.at
    for place in range(len(reply)):
        data = bytearray(reply)
        data[place] ^= 1
        try:
            said = source.verify(DIGEST, Proof(AnchorState.COMPLETE, bytes(data)))
        except JinkuError as error:
            codes.add(error.code)
            continue
        accepted += 1
        assert said.at == good.at
    assert accepted <= 30
    assert codes >= {"anchor.digest", "anchor.garbled", "anchor.signature"}
    assert all(code.startswith("anchor.") for code in codes)


def test_every_truncation_is_refused(world: World) -> None:
    source = believed(world.root.pem)
    for length in range(0, len(world.proof.data), 7):
        with pytest.raises(JinkuError) as caught:
            source.verify(DIGEST, Proof(AnchorState.COMPLETE, world.proof.data[:length]))
        assert caught.value.code in ("anchor.garbled", "anchor.refused")
    refused("anchor.garbled", source, Proof(AnchorState.COMPLETE, world.proof.data + b"\0\0"))


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return (
        bytes([tag, 0x82]) + len(content).to_bytes(2, "big") + content
        if len(content) > 255
        else (bytes([tag, *([0x81] if len(content) > 127 else []), len(content)]) + content)
    )


SIGNED_DATA, TST_INFO = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("060b2a864886f70d0109100104")
CERTIFICATE_V2, SHA256 = bytes.fromhex("060b2a864886f70d010910022f"), bytes.fromhex("0609608648016503040201")
ONE, GRANTED = b"\x02\x01\x01", b"\x30\x03\x02\x01\x00"


def stamp(info: bytes, kind: bytes = SIGNED_DATA, certificate: bytes = b"") -> bytes:
    """An answer with this content, whose signer names its certificate so."""
    list_of = der(0x30, der(0x30, der(0x30, certificate)))
    attributes = der(0xA0, der(0x30, CERTIFICATE_V2, der(0x31, list_of)))
    signer = der(0x30, ONE, der(0x30), der(0x30, SHA256), attributes, der(0x30, SHA256), der(4, b"x"))
    content = der(0x30, TST_INFO, der(0xA0, der(4, info)))
    signed = der(0x30, ONE, der(0x31), content, der(0x31, signer))
    return der(0x30, GRANTED, der(0x30, kind, der(0xA0, signed)))


def told(serial: bytes = ONE) -> bytes:
    imprint = der(0x30, der(0x30, SHA256), der(4, DIGEST))
    return der(0x30, ONE, SHA256, imprint, serial, der(0x18, b"20260101000000Z"))


def test_an_authority_may_choose_every_byte_and_gets_an_error_that_has_a_name(world: World) -> None:
    long = b"\x01" * 5000  # no number that Python would write out
    named = der(0x30, SHA256) + der(4, b"x" * 32)
    assert read_stamp(stamp(told())).serial == 1
    for code, data in (
        ("anchor.garbled", stamp(b"")),
        ("anchor.garbled", stamp(der(0x30))),
        ("anchor.garbled", der(0x30, der(0x30, der(2, long)))),
        ("anchor.garbled", stamp(told(der(2, long)))),
        ("anchor.garbled", stamp(told(), der(6, b"\x81" * 5000, b"\x01"))),
        ("anchor.untrusted", stamp(told(), certificate=der(0x30, SHA256))),  # an algorithm, and no digest
        ("anchor.untrusted", stamp(told(), certificate=named)),
    ):
        refused(code, believed(world.root.pem), Proof(AnchorState.COMPLETE, data))


@pytest.mark.parametrize(
    ("code", "status", "headers", "body"),
    [
        ("anchor.garbled", 200, {}, b"<html>"),
        ("anchor.garbled", 200, {}, b""),
        ("anchor.garbled", 200, {}, b"\x30\x84\xff\xff\xff\xff"),
        ("anchor.refused", 200, {}, bytes.fromhex("30053003020102")),
        ("anchor.too_large", 200, {}, b"\x30" * 70_000),
        ("anchor.redirected", 302, {"Location": "http://127.0.0.1:1/"}, b""),
        ("anchor.status", 503, {}, b"later"),
        ("anchor.unreachable", 200, {"Content-Length": "5000"}, b"\x30\x80"),  # it broke off
    ],
)
def test_answers_that_are_none(world: World, code: str, status: int, headers: dict[str, str], body: bytes) -> None:
    with serving(lambda *_: (status, {**OK, **headers}, body)) as server:
        refused(code, TimeStampAuthority(server.url, {"ca": world.root.pem}, SystemClock(), seconds=60))
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a/",
        "http://",
        "http://user@host/",
        "http://a/?q",
        "http://a/#f",
        "http://a b/",
        "http://a:99999/",
        "http://a..b/",
        f"http://{'a' * 64}.example/",
        "x",
    ],
)
def test_places_that_cannot_be_called(world: World, url: str) -> None:
    with pytest.raises(JinkuError) as caught:
        TimeStampAuthority(url, {"ca": world.root.pem}, SystemClock())
    assert caught.value.code == "anchor.source"


@pytest.mark.parametrize("pins", [{}, {"ca": ""}, {"ca": "nonsense"}, {"ca": "x", "headers": "y"}])
def test_pins_that_cannot_be_meant(pins: dict[str, str]) -> None:
    with pytest.raises(JinkuError) as caught:
        TimeStampAuthority("http://127.0.0.1/", pins, SystemClock())
    assert caught.value.code == "anchor.source"
