"""What a reading of all entries believes of a hand-over: the tree that goes on is the one that was signed before."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jinku.core import Json, canonical_bytes, domain_digest
from jinku.journal import Checkpoint, Edge, LogKeys, leaf_hash, origin_of
from jinku.journal.errors import CheckpointDamagedError
from jinku.journal.origins import OPENED, OriginsRead, read_handover
from jinku.journal.paths import bundle_bytes

DEPLOYMENT = "01a1ff9b-869e-7b81-b4e6-b811836f562b"
FIRST, LATER, LAST = (
    origin_of(DEPLOYMENT),
    origin_of(DEPLOYMENT, 1_764_000_000 * 10**9),
    origin_of(DEPLOYMENT, 1_764_000_009 * 10**9),
)
LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = LOG.public_key().public_bytes_raw()
OTHER = b"\xee" * 32
N = 300  # entries that are left
ENTRIES = [
    canonical_bytes({"kind": "deployment.made", "identity": "11" * 32}),
    *(canonical_bytes({"kind": "x", "n": str(number)}) for number in range(N - 1)),
]
EMPTY = Checkpoint(FIRST, 0, Edge().root())


def root_of(size: int, entries: list[bytes] | None = None) -> bytes:
    edge = Edge()
    edge.append(b"".join(map(leaf_hash, (entries or ENTRIES)[:size])))
    return edge.root()


def at(size: int, origin: str = FIRST, root: bytes = b"") -> Checkpoint:
    """A head of the honest tree, unless it has another root."""
    return Checkpoint(origin, size, root or root_of(size))


class Said(NamedTuple):
    statement: bytes
    signature: bytes


def said(
    before: Checkpoint, to: Checkpoint, proven: Checkpoint, deployment: str = DEPLOYMENT, by: Ed25519PrivateKey = LOG
) -> Said:
    names = {"from": before, "proven": proven, "to": to}
    statement = canonical_bytes(
        {name: {"origin": head.origin, "root": head.root.hex(), "size": str(head.size)} for name, head in names.items()}
        | {"deployment": deployment, "trust_root": "00" * 32, "ts": "1", "v": 1, "version": "2"}
    )
    return Said(statement, by.sign(domain_digest("jinku/origin-handover/1", statement)))


def read(*handed: Said, origin: str = LATER, known: Json = None) -> tuple[str, ...]:
    """The warnings of a reading; the hand-overs stand behind the entries."""
    opened = [
        canonical_bytes(
            {"kind": OPENED, "known": known, "statement": one.statement.decode(), "signature": one.signature.hex()}
        )
        for one in handed
    ]
    entries = [*ENTRIES, *opened]
    found = OriginsRead(LogKeys(origin, PUBLIC))
    edge = Edge()
    for start in range(0, len(entries), 256):
        part = entries[start : start + 256]
        leaves = b"".join(map(leaf_hash, part))
        found.take(start, bundle_bytes(part), edge, leaves)
        edge.append(leaves)
    return found.check(lambda size: root_of(size, entries))


@pytest.mark.parametrize(
    ("before", "proven", "unproven"),
    [
        (at(2), at(2), 0),
        (at(N), at(N), 0),
        (at(900, root=OTHER), at(N), 0),
        (at(900, root=OTHER), at(250), 50),
        (at(900, root=OTHER), EMPTY, N),
        (EMPTY, EMPTY, 0),
    ],
)
def test_what_the_signer_saw_is_told(before: Checkpoint, proven: Checkpoint, unproven: int) -> None:
    warnings = read(said(before, at(N, LATER), proven))
    lost = before.size - N
    assert len(warnings) == (unproven > 0) + (lost > 0)
    assert lost <= 0 or f"what the last {lost} said is not in this log" in warnings[0]
    assert all(f"of the last {unproven} " in one for one in warnings[lost > 0 :])


@pytest.mark.parametrize(
    ("before", "proven"),
    [
        (at(2, root=OTHER), at(2, root=OTHER)),
        (at(N, root=OTHER), at(N, root=OTHER)),
        (at(2, root=OTHER), at(2)),
        (at(2), EMPTY),
        (at(2), at(1)),
        (at(900, root=OTHER), at(250, root=OTHER)),
        (at(900, root=OTHER), at(N + 1, root=OTHER)),
        (at(900, root=OTHER), at(250, LATER)),
        (at(900, LAST, OTHER), at(250)),
        (at(900, LATER, OTHER), at(250)),
    ],
)
def test_a_tree_that_is_not_the_one_signed_before_is_refused(before: Checkpoint, proven: Checkpoint) -> None:
    with pytest.raises(CheckpointDamagedError):
        read(said(before, at(N, LATER), proven))


def test_a_root_that_is_not_that_of_the_entries_is_refused() -> None:
    with pytest.raises(CheckpointDamagedError, match="hand-over to"):
        read(said(at(2), at(N, LATER, OTHER), at(2)))


@pytest.mark.parametrize("strange", ["someone.else", origin_of(DEPLOYMENT.replace("9", "8"))])
def test_a_hand_over_of_another_log_opens_nothing(strange: str) -> None:
    for heads in (
        (at(2, strange), at(N, LATER), at(2)),
        (at(2), at(N, LATER), at(2, strange)),
        (at(2), at(N, strange), at(2)),
    ):
        with pytest.raises(CheckpointDamagedError, match="of another log"):
            read_handover(*said(*heads), LogKeys(FIRST, PUBLIC))
        with pytest.raises(CheckpointDamagedError, match="no entry says"):
            read(said(*heads))
    with pytest.raises(CheckpointDamagedError, match="no entry says"):
        read(said(at(2), at(N, LATER), at(2), deployment=DEPLOYMENT.replace("9", "8")))
    with pytest.raises(CheckpointDamagedError, match="no entry says"):
        read(said(at(2), at(N - 1, LATER), at(2)))  # of another place than it stands at


def test_the_tree_does_not_say_whose_word_counts() -> None:
    """Its first entry names the identity key: whoever wrote the tree anew wrote that, too."""
    strange = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    named = {"kind": "deployment.made", "identity": strange.public_key().public_bytes_raw().hex()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("test_origins_read.ENTRIES", [canonical_bytes(named), *ENTRIES[1:]])
        assert read(said(at(N), at(N, LATER), at(N))) == ()
        with pytest.raises(CheckpointDamagedError, match="no entry says"):
            read(said(at(N), at(N, LATER), at(N), by=strange))


def test_what_others_knew_is_told_where_the_signer_forgot_it() -> None:
    """It was restored together with the home, so its own word says that nothing is lost."""
    whole = said(at(N), at(N, LATER), at(N))
    (told,) = read(whole, known=[{"by": "state", "size": str(N + 11)}, {"by": "witnesses", "size": str(N + 4)}])
    assert "311 were known outside" in told
    assert "what the last 11 said is not in this log" in told
    nothing: list[Json] = [None, [], "x", [3], [{}], [{"size": "-1"}], [{"size": "x"}], [{"size": str(N)}]]
    for known in (*nothing, [{"size": "9" * 5000}], [{"size": "٩٩٩"}], [{"origin": "\x1b[2Jx", "size": "1"}]):
        assert read(whole, known=known) == ()
    signed = said(at(900, root=OTHER), at(N, LATER), at(N))
    assert len(read(signed, known=[{"by": "signer", "size": "900"}])) == 1, "told once"


def test_a_later_name_that_the_home_forgot_is_told() -> None:
    """The home came back from before it was opened, and its signer, too: only others know that it was."""
    second = said(at(N), at(N, LAST), at(N))
    grown, forgot = read(second, origin=LAST, known=[{"by": "state", "origin": LATER, "size": str(N + 9)}])
    assert "what the last 9 said is not in this log" in grown
    assert f"{LATER} was known outside, which is not in this log" in forgot
    (shorter,) = read(second, origin=LAST, known=[{"by": "state", "origin": LATER, "size": "20"}])
    assert shorter == forgot, "it branched off before"


def test_a_log_that_was_opened_twice() -> None:
    """The second follows the first, though the signer may have signed for one that this tree never had."""
    first = said(at(2), at(N, LATER), at(2))
    entries = [*ENTRIES, canonical_bytes({"kind": OPENED, "known": None, "statement": first.statement.decode(),
                                          "signature": first.signature.hex()})]  # fmt: skip
    grown = Checkpoint(LAST, N + 1, root_of(N + 1, entries))
    for before in (at(N, LATER), Checkpoint(LATER, N + 1, grown.root)):
        assert read(first, said(before, grown, before), origin=LAST) == ()
    back = said(at(2), grown, at(2))
    with pytest.raises(CheckpointDamagedError, match="hand-over to"):
        read(first, back, origin=LAST)


def test_an_origin_that_no_entry_opened_is_told() -> None:
    """The signer began it, and may have said of it alone what was lost, or that it was shown nothing."""
    begun, to = at(N, LATER), at(N, LAST)
    for before, proven in ((begun, begun), (at(900, LATER, OTHER), at(N, LATER)), (at(900, LATER, OTHER), at(N))):
        *_, strange = read(said(before, to, proven), origin=LAST)
        assert f"{LAST} follows {LATER}, and no entry says that this was opened" in strange
    assert read(said(at(N), to, at(N)), origin=LAST) == ()
