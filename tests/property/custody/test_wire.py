"""What answers at the signer's socket may be anything: every answer gives a value or an error of ours, nothing else."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jinku.core import JinkuError
from jinku.custody.adapters.connection import Connections, _Connection
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.adapters.wire import ANSWER, ERROR, HEADER, NO_TOKEN, PART, VERSION, Reader, VerbNumber, Writer
from jinku.custody.errors import SignerUnavailableError
from jinku.custody.ports import Delivery, DeriveRequest, Form, SealedEvidence, SecretFd, VaultSpec, Verb

BODIES = st.binary(max_size=300)
FORM = st.builds(Form, *[st.text(max_size=20)] * 4)
U32, U64 = st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 64) - 1)
FIELDS = st.one_of(
    st.tuples(st.just("byte"), st.integers(0, 255)),
    st.tuples(st.just("number"), U32),
    st.tuples(st.just("long"), U64),
    st.tuples(st.just("data"), st.binary(max_size=40)),
    st.tuples(st.just("text"), st.text(max_size=40)),
    st.tuples(st.just("forms"), st.lists(FORM, max_size=4)),
)
READS = {
    "byte": Reader.byte,
    "number": Reader.number,
    "long": Reader.long,
    "data": Reader.data,
    "text": Reader.text,
    "forms": lambda reader: reader.list(reader.form),
}


@given(st.lists(FIELDS, max_size=12))
def test_what_is_written_is_read(fields: list[tuple[str, Any]]) -> None:
    writer = Writer()
    for kind, value in fields:
        getattr(writer, kind)(value)
    reader = Reader(bytes(writer.body))
    assert [READS[kind](reader) for kind, _ in fields] == [value for _, value in fields]
    assert reader.left == 0
    with pytest.raises(SignerUnavailableError, match="cut short"):
        reader.byte()


@given(st.lists(FIELDS, min_size=1, max_size=6), st.data())
def test_a_body_cut_anywhere_is_called_cut_short(fields: list[tuple[str, Any]], data: st.DataObject) -> None:
    writer = Writer()
    for kind, value in fields:
        getattr(writer, kind)(value)
    whole = bytes(writer.body)
    reader = Reader(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(SignerUnavailableError) as refused:
        [READS[kind](reader) for kind, _ in fields]
    assert refused.value.code == "signer.protocol"


@given(BODIES, st.lists(st.sampled_from(sorted(READS)), max_size=20))
@example(b"\xff\xff\xff\xff", ["forms"])
@example(b"\x00\x00\x00\x01\xff", ["text"])
def test_any_bytes_give_values_or_an_error_of_ours(body: bytes, kinds: list[str]) -> None:
    reader = Reader(body)
    before = reader.left
    for kind in kinds:
        try:
            READS[kind](reader)
        except JinkuError:
            break
        assert reader.left <= before
        before = reader.left


def frame(kind: int, request: int, body: bytes, version: int = VERSION) -> bytes:
    return HEADER.pack(HEADER.size - 4 + len(body), version, kind, request) + body


def heard(stream: bytes) -> tuple[bytes, dict[int, bytes]]:
    """What a call returns when ``stream`` is all that the other side says before it hangs up."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(stream)
        theirs.shutdown(socket.SHUT_WR)
        connection = object.__new__(_Connection)  # its peer was checked
        connection._timeout, connection._request, connection._socket, connection.pid = 5.0, 0, ours, 1
        ours.settimeout(5)
        return connection.call(VerbNumber.DERIVE, NO_TOKEN, Writer(), 1 << 24)


def heard_or_refused(stream: bytes) -> None:
    try:
        answer, parts = heard(stream)
    except JinkuError as error:
        assert error.message  # noqa: PT017  not every stream is refused
    else:
        assert len(answer) + sum(map(len, parts.values())) <= len(stream)


KINDS = st.sampled_from([VerbNumber.DERIVE | ANSWER, VerbNumber.DERIVE | PART, ERROR]) | st.integers(0, 255)
FRAMES = st.builds(frame, KINDS, st.just(1) | U32, BODIES, st.just(VERSION) | st.integers(0, 255))


@given(st.binary(max_size=200))
@example(HEADER.pack(0, VERSION, ERROR, 1))
@example(HEADER.pack(0xFFFFFFFF, VERSION, ERROR, 1))
@example(frame(VerbNumber.DERIVE | PART, 1, b"") + frame(VerbNumber.DERIVE | ANSWER, 1, b""))
@example(frame(ERROR, 1, b""))
def test_any_stream_ends_in_an_answer_or_an_error_of_ours(stream: bytes) -> None:
    heard_or_refused(stream)


@given(st.lists(FRAMES, max_size=5), st.integers(0, 1 << 16), st.integers(0, 255))
def test_frames_with_a_byte_changed_and_their_end_cut(frames: list[bytes], place: int, value: int) -> None:
    stream = bytearray(b"".join(frames))
    heard_or_refused(bytes(stream))
    if stream:
        heard_or_refused(bytes(stream[: place % len(stream)]))
        stream[place % len(stream)] = value
        heard_or_refused(bytes(stream))


@given(st.lists(st.tuples(st.integers(0, 3), BODIES), max_size=6), BODIES)
def test_parts_come_together_by_label(parts: list[tuple[int, bytes]], answer: bytes) -> None:
    stream, whole = b"", dict[int, bytes]()
    for label, data in parts:
        stream += frame(VerbNumber.DERIVE | PART, 1, label.to_bytes(4, "big") + data)
        whole[label] = whole.get(label, b"") + data
    assert heard(stream + frame(VerbNumber.DERIVE | ANSWER, 1, answer)) == (answer, whole)


@given(st.binary(max_size=3))
def test_a_part_without_a_whole_label_is_refused(label: bytes) -> None:
    stream = frame(VerbNumber.DERIVE | PART, 1, label) + frame(VerbNumber.DERIVE | ANSWER, 1, b"")
    with pytest.raises(SignerUnavailableError) as refused:
        heard(stream)
    assert refused.value.code == "signer.protocol"


@given(st.text(max_size=30), st.text(max_size=60), st.integers(0, 255))
def test_an_error_frame_is_that_error(code: str, message: str, retryable: int) -> None:
    body = bytes(Writer().text(code).text(message).byte(retryable).body)
    with pytest.raises(JinkuError) as told:
        heard(frame(ERROR, 1, body))
    assert (told.value.code, told.value.message, told.value.retryable) == (code, message, retryable == 1)


class Parrot(Connections):
    """Connections on which every call gets one and the same answer."""

    def __init__(self, answer: bytes, parts: dict[int, bytes]) -> None:
        self._answer, self._parts = answer, parts

    def call(
        self, verb: VerbNumber, token: bytes, body: Writer, parts_limit: int = 0
    ) -> tuple[bytes, dict[int, bytes]]:
        return self._answer, dict(self._parts)


SECRET = SecretFd(0, "passphrase")
SOME_FORM = Form("eip155:1", "evm", "eoa", "m/44'/60'/0'/0/{i}")
REQUEST = DeriveRequest("v", "j", 1, 0, 1, (SOME_FORM,))
SPEC = VaultSpec("v", "main", "hot", (SOME_FORM,))
CALLS: dict[str, Callable[[SocketSigner], object]] = {
    "hello": lambda s: s._greet(s._connections.call),  # type: ignore[arg-type]
    "init_system": lambda s: s.init_system("d", SECRET),
    "unlock_system": lambda s: s.unlock_system(SECRET),
    "create_vault": lambda s: s.create_vault(SPEC, SECRET),
    "unlock_vault": lambda s: s.unlock_vault("v", SECRET, [Verb.DERIVE], 60),
    "describe": lambda s: s.describe("v"),
    "list_vaults": lambda s: s.list_vaults(),
    "rekey": lambda s: s.rekey("v", SECRET),
    "derive": lambda s: s.derive(NO_TOKEN, REQUEST),
    "recheck": lambda s: s.recheck(NO_TOKEN, "v", [0]),
    "make_wallets": lambda s: s.make_wallets(NO_TOKEN, REQUEST, [SOME_FORM], 12, "english", Delivery(codes_fd=1)),
    "claim_lookup": lambda s: s.claim_lookup(SECRET),
    "create_evidence_key": lambda s: s.create_evidence_key(SECRET),
    "seal_evidence": lambda s: s.seal_evidence("x", b""),
    "log_head": lambda s: s.log_head(),
    "sign_checkpoint": lambda s: s.sign_checkpoint(1, bytes(32), []),
    "open_evidence": lambda s: s.open_evidence(SECRET, "x", SealedEvidence(b"", b"", b""), 1),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_verbs_answer_gives_a_value_or_an_error_of_ours(name: str) -> None:
    # Answers made of well-formed fields get further into a parser than noise does.
    bodies = BODIES | st.lists(FIELDS, max_size=14).map(_written)

    @settings(max_examples=60, deadline=None)
    @given(bodies, st.dictionaries(st.sampled_from([0, 1, 0xFFFFFFFF]), BODIES, max_size=3))
    def ask(answer: bytes, parts: dict[int, bytes]) -> None:
        signer = SocketSigner.__new__(SocketSigner)
        signer._pin, signer._connections = None, Parrot(answer, parts)
        try:
            CALLS[name](signer)
        except JinkuError as error:
            assert error.code  # noqa: PT017  not every answer is refused

    ask()


def _written(fields: list[tuple[str, Any]]) -> bytes:
    writer = Writer()
    for kind, value in fields:
        getattr(writer, kind)(value)
    return bytes(writer.body)
