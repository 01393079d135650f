"""OpenTimestamps from the promise to the block, and the reference library's opinion of our files."""

from __future__ import annotations

import hashlib

import pytest
from calendars import BITCOIN, EASY, PENDING, calendar, counted, mined, twice
from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpPrepend, OpSHA256
from opentimestamps.core.serialize import BytesDeserializationContext, BytesSerializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp

from jinku.core import JinkuError
from jinku.journal.adapters.anchor_ots import Calendar
from jinku.journal.anchors import AnchorState, Proof
from jinku.journal.anchors.ots import merged, steps, written
from jinku.journal.verifier.verify_anchors import (
    OTS_MAGIC,
    Broken,
    attested,
    check_header,
    read_ots,
    read_timestamp,
)

DIGEST = hashlib.sha256(b"a checkpoint").digest()


def theirs(data: bytes) -> DetachedTimestampFile:
    context = BytesDeserializationContext(data)
    found = DetachedTimestampFile.deserialize(context)
    context.assert_eof()
    return found


def test_from_the_promise_to_the_block() -> None:
    with calendar() as (made, server):
        source = Calendar(server.url, {"headers": server.url})
        promised = source.submit(DIGEST)
        assert promised.state is AnchorState.PENDING
        assert source.verify(DIGEST, promised).facts == {"calendar": server.url}
        assert source.upgrade(DIGEST, promised) == promised  # no block yet
        height = made.mine(more=2)
        done = source.upgrade(DIGEST, promised)
    assert done.state is AnchorState.COMPLETE
    said = source.verify(DIGEST, done)
    block = twice(made.headers[0])[::-1].hex()
    assert said.state is AnchorState.COMPLETE
    assert said.facts["bitcoin block"] == str(height)
    assert said.facts["block hash"] == block
    assert said.facts["merkle root"] == made.headers[0][36:68][::-1].hex()
    assert said.at is not None
    assert int(said.at.timestamp()) == 1_790_000_000


def test_the_calendar_sees_no_digest_of_ours() -> None:
    with calendar() as (_, server):
        for _ in range(2):
            Calendar(server.url, {}).submit(DIGEST)
        bodies = [body for _, _, body in server.asked]
    assert len(set(bodies)) == 2
    assert DIGEST not in bodies


def test_a_block_without_its_header_stays_pending() -> None:
    with calendar() as (made, server):
        source = Calendar(server.url, {})
        promised = source.submit(DIGEST)
        height = made.mine()
        known = source.upgrade(DIGEST, promised)
        assert known.state is AnchorState.PENDING
        said = source.verify(DIGEST, known)
        assert (said.state, said.at) == (AnchorState.PENDING, None)
        assert said.facts == {"bitcoin block": str(height), "merkle root": made.headers[0][36:68][::-1].hex()}
        asked = len(server.asked)
        assert source.upgrade(DIGEST, known) == known
        assert len(server.asked) == asked  # the calendar has said what it knows
        later = Calendar(server.url, {"headers": server.url}).upgrade(DIGEST, known)
    assert later.state is AnchorState.COMPLETE


def test_the_reference_library_reads_what_we_write() -> None:
    with calendar() as (made, server):
        source = Calendar(server.url, {"headers": server.url})
        promised = source.submit(DIGEST)
        made.mine(more=1)
        done = source.upgrade(DIGEST, promised)
    for proof, kinds in ((promised, {PendingAttestation}), (done, {PendingAttestation, BitcoinBlockHeaderAttestation})):
        found = theirs(proof.data)
        assert found.file_digest == DIGEST
        said = list(found.timestamp.all_attestations())
        assert {type(one) for _, one in said} == kinds
        roots = {message for message, one in said if isinstance(one, BitcoinBlockHeaderAttestation)}
        assert roots == {root for _, root in attested(read_ots(proof.data, DIGEST))[0]}
        context = BytesSerializationContext()
        found.serialize(context)
        assert context.getbytes() == proof.data  # the same order of steps


def test_we_read_what_the_reference_library_writes() -> None:
    stamp = Timestamp(DIGEST)
    one = stamp.ops.add(OpAppend(b"salt")).ops.add(OpSHA256())
    two = one.ops.add(OpPrepend(b"\x00" * 300)).ops.add(OpSHA256())
    one.attestations.add(PendingAttestation("https://alice.example/path"))
    two.attestations.add(BitcoinBlockHeaderAttestation(900_000))
    one.ops.add(OpAppend(b"another branch")).attestations.add(PendingAttestation("http://bob.example:14788"))
    context = BytesSerializationContext()
    DetachedTimestampFile(OpSHA256(), stamp).serialize(context)
    node = read_ots(context.getbytes(), DIGEST)
    blocks, promises = attested(node)
    assert blocks == [(900_000, two.msg)]
    assert {uri for uri, _ in promises} == {"https://alice.example/path", "http://bob.example:14788"}
    assert written(DIGEST, node) == context.getbytes()


def test_merging_is_what_the_reference_library_does() -> None:
    base, more = Timestamp(DIGEST), Timestamp(DIGEST)
    base.ops.add(OpSHA256()).attestations.add(PendingAttestation("https://a.example"))
    more.ops.add(OpSHA256()).attestations.add(BitcoinBlockHeaderAttestation(7))
    more.ops.add(OpAppend(b"x")).attestations.add(PendingAttestation("https://b.example"))

    def bytes_of(stamp: Timestamp) -> bytes:
        context = BytesSerializationContext()
        stamp.serialize(context)
        return context.getbytes()

    ours = merged(read_timestamp(bytes_of(base), DIGEST), DIGEST, read_timestamp(bytes_of(more), DIGEST))
    base.merge(more)
    assert steps(ours) == bytes_of(base)


def refused(code: str, data: bytes, extra: bytes = b"", digest: bytes = DIGEST) -> None:
    with pytest.raises(JinkuError) as caught:
        Calendar("http://127.0.0.1:9", {}).verify(digest, Proof(AnchorState.COMPLETE, data, extra))
    assert (caught.value.code, caught.value.exit_code) == (code, 5), caught.value


PROMISE = b"\x00" + PENDING + counted(counted(b"https://a.example"))
BLOCK = b"\x00" + BITCOIN + counted(b"\x07")


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("anchor.garbled", b""),
        ("anchor.garbled", b"\0OpenTimestamps"),
        ("anchor.garbled", OTS_MAGIC + DIGEST),
        ("anchor.digest", OTS_MAGIC + bytes(32) + PROMISE),
        ("anchor.garbled", OTS_MAGIC + DIGEST + PROMISE + b"x"),
        ("anchor.garbled", OTS_MAGIC + DIGEST + PROMISE[:-1]),
        ("anchor.garbled", OTS_MAGIC + DIGEST + b"\x55" + PROMISE),  # no such operation
        ("anchor.garbled", OTS_MAGIC + DIGEST + b"\xf0\x00" + PROMISE),  # appends nothing
        ("anchor.garbled", OTS_MAGIC + DIGEST + b"\xf0\x81\x00x" + PROMISE),  # a number with a zero to spare
        ("anchor.garbled", OTS_MAGIC + DIGEST + b"\x08" * 300 + PROMISE),  # too deep
        ("anchor.garbled", OTS_MAGIC + DIGEST + (b"\xff" + PROMISE) * 2500 + PROMISE),  # too many steps
        ("anchor.garbled", OTS_MAGIC + DIGEST + b"\xf3" * 9 + PROMISE),  # doubles beyond 4,096 bytes
        ("anchor.garbled", OTS_MAGIC + DIGEST + b"\x00" + PENDING + counted(counted(b"file:///etc/passwd"))),
        ("anchor.garbled", OTS_MAGIC + DIGEST + b"\x00" + PENDING + counted(counted(b"http://a/\x1b[2J"))),
        ("anchor.garbled", OTS_MAGIC + DIGEST + b"\x00" + BITCOIN + counted(b"\x07\x07")),
    ],
)
def test_files_that_are_none(code: str, data: bytes) -> None:
    refused(code, data)


def test_headers_that_are_another_blocks() -> None:
    data, good = OTS_MAGIC + DIGEST + BLOCK, mined(DIGEST)
    said = Calendar("http://127.0.0.1:9", {}).verify(DIGEST, Proof(AnchorState.PENDING, data, good))
    assert (said.state, said.facts["bitcoin block"]) == (AnchorState.COMPLETE, "7")
    refused("anchor.header", data, mined(bytes(32)))
    refused("anchor.header", data, good[:-1])
    for bits in (0x1D00FFFF, 0, 0x21000001, 0xFFFFFFFF, 0x01000001):  # Bitcoin's own work; and none at all
        refused("anchor.header", data, good[:72] + bits.to_bytes(4, "little") + good[76:])
    with pytest.raises(Broken):
        check_header(good, bytes(32))
    assert check_header(good, DIGEST).work == 2
    assert EASY.to_bytes(4, "little") == good[72:76]


def test_an_unknown_attestation_and_an_operation_not_followed_are_passed_by() -> None:
    unknown = b"\x00" + b"\x01" * 8 + counted(b"whatever")
    keccak = b"\x67" + BLOCK
    node = read_ots(OTS_MAGIC + DIGEST + b"\xff" + unknown + b"\xff" + keccak + PROMISE, DIGEST)
    assert attested(node) == ([], [("https://a.example", DIGEST)])


def test_only_known_calendars_are_asked() -> None:
    """A calendar that promises in the name of a place of its choosing gets nobody to call there."""
    with calendar() as (other, elsewhere), calendar() as (made, server):
        made.uri = elsewhere.url
        source = Calendar(server.url, {})
        promised = source.submit(DIGEST)
        other.waiting = made.waiting
        other.mine()
        assert source.upgrade(DIGEST, promised) == promised
        assert elsewhere.asked == []


@pytest.mark.parametrize("host", ["b.calendar:99999", "x..calendar", "x" * 64 + ".calendar"])
def test_a_promise_at_a_place_that_cannot_be_called_stays_one(host: str) -> None:
    with calendar() as (made, server):
        name, _, port = host.partition(":")
        made.uri = f"https://{name}.opentimestamps.org" + (f":{port}/" if port else "")
        source = Calendar(server.url, {})
        promised = source.submit(DIGEST)
        assert source.verify(DIGEST, promised).facts == {"calendar": made.uri}
        assert source.upgrade(DIGEST, promised) == promised


def test_what_could_not_be_read_later_is_not_kept() -> None:
    with calendar() as (made, server):
        source = Calendar(server.url, {})
        promised = source.submit(DIGEST)
        more = b"\x00" + PENDING + counted(counted(server.url.encode()))
        made.spoil[f"/timestamp/{made.waiting[0].hex()}"] = b"\x08" * 250 + more
        grown = source.upgrade(DIGEST, promised)
        messages = [message for _, message in attested(read_ots(grown.data, DIGEST))[1]]
        (deep,) = set(messages) - {made.waiting[0]}
        made.spoil[f"/timestamp/{deep.hex()}"] = b"\x08" * 250 + BLOCK
        with pytest.raises(JinkuError) as caught:
            source.upgrade(DIGEST, grown)
        assert (caught.value.code, caught.value.exit_code) == ("anchor.garbled", 5)
        made.spoil[f"/timestamp/{deep.hex()}"] = BLOCK
        assert source.verify(DIGEST, source.upgrade(DIGEST, grown)).facts["bitcoin block"] == "7"


def test_a_promise_that_fails_holds_no_other_back() -> None:
    with calendar() as (made, server):
        promise = b"\x00" + PENDING + counted(counted(server.url.encode()))
        made.spoil["/digest"] = b"\xff" + promise + b"\x08" + promise
        source = Calendar(server.url, {})
        promised = source.submit(DIGEST)
        first, second = (message for _, message in attested(read_ots(promised.data, DIGEST))[1])
        made.spoil[f"/timestamp/{first.hex()}"] = made.spoil[f"/timestamp/{second.hex()}"] = b"zz"
        with pytest.raises(JinkuError) as caught:
            source.upgrade(DIGEST, promised)
        assert caught.value.code == "anchor.garbled"
        made.spoil[f"/timestamp/{second.hex()}"] = BLOCK
        assert source.verify(DIGEST, source.upgrade(DIGEST, promised)).facts["bitcoin block"] == "7"


def test_steps_that_lead_back_to_the_same_message_grow_by_no_more_than_what_was_sent() -> None:
    """A message that reads the same backwards, reversed again and again: a calendar chooses such steps."""
    message = DIGEST + DIGEST[::-1]
    node = read_timestamp(b"\xf2" * 8 + PROMISE, message)
    assert len(steps(merged(node, message, node))) <= 9 * 9 * len(b"\xff" + PROMISE + b"\xf2")


@pytest.mark.parametrize(
    ("path", "answer", "code"),
    [
        ("/digest", b"", "anchor.garbled"),
        ("/digest", b"\x08" * 400, "anchor.garbled"),
        ("/digest", b"\x00" + b"\x01" * 8 + b"\x00", "anchor.garbled"),  # promises nothing
        ("/digest", b"x" * 20_000, "anchor.too_large"),
        ("/block-height/100", b"zz", "anchor.garbled"),
        ("/block-height/100", b"ab" * 32, "anchor.garbled"),  # no such block there
    ],
)
def test_answers_that_are_none(path: str, answer: bytes, code: str) -> None:
    with calendar() as (made, server):
        made.spoil[path] = answer
        source = Calendar(server.url, {"headers": server.url})

        def whole() -> None:
            promised = source.submit(DIGEST)
            made.mine()
            source.upgrade(DIGEST, promised)

        with pytest.raises(JinkuError) as caught:
            whole()
        assert caught.value.code == code


def test_a_header_of_another_block_is_refused_and_the_promise_kept() -> None:
    with calendar() as (made, server):
        source = Calendar(server.url, {"headers": server.url})
        promised = source.submit(DIGEST)
        made.mine()
        made.headers[0] = mined(bytes(32))
        with pytest.raises(JinkuError) as caught:
            source.upgrade(DIGEST, promised)
        assert caught.value.code == "anchor.header"
        made.headers[0] = mined(
            attested(read_timestamp(made.paths[next(iter(made.paths))], next(iter(made.paths))))[0][0][1]
        )
        assert source.upgrade(DIGEST, promised).state is AnchorState.COMPLETE


def test_a_calendar_has_no_other_pin() -> None:
    with pytest.raises(JinkuError, match="no such pin"):
        Calendar("http://127.0.0.1:9", {"ca": "x"})
