"""Any bytes give a value or an error of ours: readers of anchors, rules, moments, bundles, evidence and claim files.

Beside what is random each reader gets specimens that it takes, changed in a few places, so that its depths are reached.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jinku.accounts.codes import begin_line
from jinku.cli.evidence_options import EvidenceOptions, evidence_from
from jinku.cli.moments import moment
from jinku.core import JinkuError, Json, UsageError, canonical_bytes, domain_digest
from jinku.journal.anchors.evm import block_proof, data_of, quantity_of
from jinku.journal.anchors.ots import written as ots_file
from jinku.journal.bundle import BUNDLE_TAG
from jinku.journal.bundle_check import check_bundle
from jinku.journal.errors import BundleDamagedError
from jinku.journal.pinned import PinnedTrust
from jinku.journal.retention import Retention
from jinku.journal.verifier import verify_anchors, verify_evm
from jinku.privacy.bundle import KeyBundle
from jinku.privacy.errors import BundleRefusedError
from jinku.privacy.keys import SubjectKey

FROZEN = Path(__file__).parents[2] / "integration" / "anchors" / "frozen" / "reply.tsr"
OURS = (JinkuError, verify_anchors.Broken, verify_evm.Broken)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(max_size=40)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def told(read: Callable[..., Any], *given: Any) -> Any:
    """What it gives, or the error where it is one of ours; any other goes through and fails."""
    try:
        return read(*given)
    except OURS as error:
        return error


@st.composite
def changed(draw: st.DrawFn, specimens: st.SearchStrategy[bytes]) -> bytes:
    """A specimen with a few bytes changed, cut off, or with something behind."""
    data = bytearray(draw(specimens))
    for _ in range(draw(st.integers(0, 3))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    end = draw(st.none() | st.integers(0, len(data)))
    return bytes(data[:end]) + draw(st.binary(max_size=3))


def some(*specimens: bytes) -> st.SearchStrategy[bytes]:
    return changed(st.sampled_from(specimens)) | st.binary(max_size=80)


@pytest.fixture(scope="module")
def stamp() -> bytes:
    data = FROZEN.read_bytes()
    assert verify_anchors.read_stamp(data).algorithm == "sha256"
    return data


@MANY
@given(st.data())
def test_der_of_time_stamps(stamp: bytes, data: st.DataObject) -> None:
    found = data.draw(some(stamp))
    for read in (verify_anchors.elements, verify_anchors.read_stamp):
        told(read, found)
    told(verify_anchors.check_stamp, found, bytes(32), [])


DIGEST = bytes(range(32))
PROMISE = verify_anchors.Node(DIGEST, [(verify_anchors.PENDING, b"\x11https://a.example")], [])
BLOCK = verify_anchors.Node(None, [(verify_anchors.BITCOIN, b"\x80\x01")], [])
PROOF = ots_file(
    DIGEST, PROMISE._replace(branches=[(b"\xf0", b"ab", BLOCK), (b"\x08", b"", BLOCK), (b"\xf2", b"", BLOCK)])
)


@MANY
@given(some(PROOF, PROOF[:-3]) | st.binary(max_size=60).map(lambda tail: PROOF[:65] + tail))
@example(PROOF[:65] + b"\x08" * 5000)
@example(PROOF[:65] + b"\xff\x08" * 5000)
def test_opentimestamps(data: bytes) -> None:
    node = told(verify_anchors.read_ots, data, DIGEST)
    if isinstance(node, verify_anchors.Node):
        told(verify_anchors.attested, node)
        assert told(verify_anchors.read_ots, ots_file(DIGEST, node), DIGEST) is not None
    assert not isinstance(told(verify_anchors.read_ots, PROOF, DIGEST), OURS)


items: st.SearchStrategy[Any] = st.recursive(
    st.binary(max_size=70), lambda inner: st.lists(inner, max_size=17), max_leaves=20
)
RAWS = [bytes([2]) + verify_evm.written([bytes([n]) * 40] * 12) for n in range(1, 20)]


@MANY
@given(items, st.binary(max_size=40))
def test_rlp_has_one_reading(item: Any, tail: bytes) -> None:
    data = verify_evm.written(item)
    if not isinstance(read := told(verify_evm.read_rlp, data), OURS):
        assert read == item
    for read_one in (verify_evm.read_rlp, verify_evm.read_header, verify_evm.read_transaction):
        for given_bytes in (data, tail, data + tail, b"\x02" + data):
            read = told(read_one, given_bytes)
            if read_one is verify_evm.read_rlp and not isinstance(read, OURS):
                assert verify_evm.written(read) == given_bytes  # one encoding a value


@pytest.fixture(scope="module")
def ways() -> dict[int, bytes]:
    """The proofs that two of RAWS stand in a block; the root of its trie is the hash of a way's first node."""
    fields = [b"\x01" * size for size in (32, 32, 20, 32, 32, 32, 256, *[1] * 10)]
    _, rootless = block_proof(verify_evm.written(fields), RAWS, 0)
    fields[4] = verify_evm.keccak256(verify_evm.read_rlp(rootless)[3][0])
    return {index: block_proof(verify_evm.written(fields), RAWS, index)[1] for index in (0, 17)}


@settings(MANY, max_examples=60)
@given(st.sampled_from([0, 17]), st.data())
def test_tries_of_blocks(ways: dict[int, bytes], index: int, data: st.DataObject) -> None:
    told(verify_evm.check_block, data.draw(some(ways[index])), RAWS[index])


def test_a_way_leads_to_its_own_transaction(ways: dict[int, bytes]) -> None:
    for index, way in ways.items():
        assert verify_evm.check_block(way, RAWS[index]).height == 1
        assert isinstance(told(verify_evm.check_block, way, RAWS[5]), verify_evm.Broken)


@MANY
@given(json_values | texts.map("0x".__add__))
def test_what_a_node_writes_as_hex(value: object) -> None:
    for read in (quantity_of, data_of):
        try:
            assert read(value) is not None  # type: ignore[operator]
        except ValueError:
            continue  # the caller's word for it: a node that garbles


rules = st.lists(
    st.sampled_from(["*=1", "*=365", "a.b=hold", "a.*=9+hold", "a.b=0", "*", "=", "a=99999999"]) | texts, max_size=4
)


@MANY
@given(st.sampled_from(["compliance", "Governance", "", "x"]), rules, st.binary(max_size=40) | json_values)
def test_rules_of_retention(mode: str, words: list[str], entry: Any) -> None:
    found = told(Retention.parse, " ".join([mode, *words]))
    if isinstance(found, Retention):
        data = entry if isinstance(entry, bytes) else repr(entry).encode(errors="replace")
        terms = [found.of_entries([one]) for one in (data, b'{"kind":"a.b"}', b'{"kind":7}')]
        assert all(0 < one.days <= 36_500 or one.hold for one in terms)


@MANY
@given(
    texts
    | st.from_regex(r"[0-9]{1,25}")
    | st.datetimes().map(str)
    | st.datetimes().map(lambda at: f"{at.isoformat()}+23:59")
)
@example("9" * 5000)
@example("9" * 20)
@example("0001-01-01T00:00:00+23:59")
@example("9999-12-31T23:59:59-23:59")
def test_moments(text: str) -> None:
    found = told(moment, text, "--at")
    assert isinstance(found, int | UsageError)
    if isinstance(found, int):
        assert -(1 << 63) <= found < 1 << 63  # what a database compares


KEY = SubjectKey(bytes(range(32)))
BUNDLE = KeyBundle("d", 7, {KEY.mark: bytes(range(32))}, [bytes(32)], [("r", "p")]).to_bytes()


@MANY
@given(some(BUNDLE) | json_values.map(lambda value: repr(value).encode(errors="replace")))
@example(b"[" * 100_000)
@example(BUNDLE.replace(b'"erased":["', b'"erased":[7,"'))
def test_bundles_of_subject_keys(data: bytes) -> None:
    found = told(KeyBundle.read, data, "d")
    assert isinstance(found, KeyBundle | BundleRefusedError)
    assert KeyBundle.read(BUNDLE, "d").to_bytes() == BUNDLE


@MANY
@given(st.binary(max_size=60), st.integers(0, 4))
@example(b"", 0)
def test_evidence_of_a_file(data: bytes, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("e.json", "e.jsonl"):
            path = Path(folder) / name
            path.write_bytes(data)
            found = told(evidence_from, EvidenceOptions(evidence_file=path), count)
            assert found is not None
    assert isinstance(told(evidence_from, EvidenceOptions(evidence_file=Path("/x"), evidence_kyc="k"), 1), UsageError)


def test_a_line_of_evidence_ends_where_json_lines_end(tmp_path: Path) -> None:
    """U+2028, U+0085 and the like may stand in a JSON text: they end no line."""
    lines = ['{"a":"\u2028\u0085\x0c"}', '{"a":"two"}']
    for ending in ("\n", "\r\n"):
        path = tmp_path / "e.jsonl"
        path.write_bytes((ending.join(lines) + ending).encode())
        found = evidence_from(EvidenceOptions(evidence_file=path), 2)
        assert found is not None
        assert found.each == tuple(lines)


@MANY
@given(st.binary(max_size=30))
def test_the_next_claim_code_begins_a_line(data: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        begin_line(file.fileno())
        size = os.fstat(file.fileno()).st_size
        assert os.pread(file.fileno(), size, 0) == data + (b"" if data[-1:] in (b"", b"\n") else b"\n")


MANIFEST = {
    "kind": "jinku/journal-bundle", "v": 1, "files": {}, "entries": ["0"], "besides": [], "selected": {},
    "deployment": "d", "origin": "o", "size": "1", "root": "00",
}  # fmt: skip


KEPT: dict[str, st.SearchStrategy[Any]] = {name: st.just(value) for name, value in MANIFEST.items()}


def manifests() -> Iterator[st.SearchStrategy[bytes]]:
    """Random bytes; a manifest with a field of another kind and, mostly, the digest of what it says."""
    yield st.binary(max_size=60)
    for name in MANIFEST:
        yield st.builds(signed, st.fixed_dictionaries({**KEPT, name: json_values}))


def signed(manifest: dict[str, Any]) -> bytes:
    try:
        digest = domain_digest(BUNDLE_TAG, canonical_bytes(cast(Json, manifest))).hex()
        return canonical_bytes(cast(Json, {**manifest, "digest": digest}))
    except JinkuError:  # a float, or a number that JSON does not carry
        return repr(manifest).encode(errors="replace")


@MANY
@given(st.one_of(*manifests()))
@example(b"[" * 100_000)
@example(signed({**MANIFEST, "files": {"a\0b": "00"}}))
def test_manifests_of_bundles(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "manifest.json").write_bytes(data)
        with pytest.raises(BundleDamagedError):
            check_bundle(Path(folder), cast(PinnedTrust, None))
