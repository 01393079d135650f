"""Each version of the trust root has its entry: what lacks one, and what speaks of none, is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jinku import _native
from jinku.core import IntegrityError, Json, SystemClock, canonical_bytes
from jinku.journal import Filter
from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.ops.deployment import Deployment
from jinku.ops.trust_entries import Standing, facts_of, foreign, note_versions, standing
from jinku.ops.trust_folder import TrustFolder, TrustRoot, first_document
from jinku.store import Database

ADMIN = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
PUBLIC = ADMIN.public_key().public_bytes_raw()
LATTICE = bytes(range(256)) * 5 + bytes(32)
ID = "018bcfe5-6800-7000-8000-00000000abcd"
DEPLOYMENT = Deployment(1, ID, "11" * 32, PUBLIC.hex(), "22" * 32, LATTICE.hex(), 1_700_000_000_000)


def signed(text: bytes) -> TrustRoot:
    digest = _native.trust_root_digest(text)
    return TrustRoot(_native.make_trust_root(text, [(PUBLIC, ADMIN.sign(digest))]))


class Home:
    """A folder of trust roots and the entries beside it."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.trust, self.database = TrustFolder(folder, DEPLOYMENT), database
        self.keep(signed(first_document(DEPLOYMENT, 1_700_000_000_000)))

    def keep(self, root: TrustRoot) -> TrustRoot:
        self.trust.keep(root)
        return root

    def next(self) -> TrustRoot:
        """One version more stands in the home; its entry does not."""
        root = self.trust.versions()[-1].root
        return self.keep(signed(canonical_bytes({**root, "version": root["version"] + 1})))

    def note(self, *roots: TrustRoot) -> None:
        note_versions(self.database, DEPLOYMENT, roots)

    def insert(self, facts: dict[str, Json], subject: str = ID) -> None:
        with self.database.unit() as unit:
            unit.append_entry("trust.version", subject, facts)

    def look(self) -> Standing:
        return standing(SqlLogRows(self.database), self.trust, DEPLOYMENT)

    def code(self) -> str:
        with pytest.raises(IntegrityError) as caught:
            self.look()
        assert caught.value.exit_code == 5
        return caught.value.code


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Database.create(tmp_path / "jinku.db", SystemClock()) as database:
        yield Home(tmp_path, database)


def test_every_version_but_the_newest_has_to_have_its_entry(home: Home) -> None:
    one = home.trust.versions()[0]
    assert home.look().unwritten  # as a command leaves it that died between the two
    home.note(one)
    first = home.look()
    assert (first.unwritten, first.strange, first.trust) == (False, (), one)
    two = home.next()
    assert home.look().unwritten
    three = home.next()
    assert home.code() == "trust.entry"  # no crash does this: version 3 is made once version 2 is noted
    home.note(three)
    assert home.code() == "trust.entry"
    home.note(one, two, three)
    assert home.look() == Standing((one, two, three), unwritten=False, strange=())
    home.note(one, two, three)
    assert len(list(SqlLogRows(home.database).find(Filter(kind="trust.version")))) == 3


def test_an_entry_of_a_version_that_the_home_lacks_is_refused(home: Home) -> None:
    one = home.trust.versions()[0]
    home.note(one)
    home.insert({**facts_of(one), "digest": hashlib.sha256(b"another").hexdigest()})
    assert home.code() == "trust.home"
    with pytest.raises(IntegrityError, match=r"found 1 version in"):
        home.look()


ODD: list[dict[str, Json]] = [
    {"quorum": 2},
    {"admins": "1"},
    {"threshold": None},
    {"version": 1},
    {"digest": []},
    {"version": None, "digest": ""},
]


@pytest.mark.parametrize("change", ODD)
def test_an_entry_in_no_form_of_its_kind_is_named_and_stands_for_nothing(home: Home, change: dict[str, Json]) -> None:
    one = home.trust.versions()[0]
    home.insert({**facts_of(one), **change})
    said = home.look()
    (strange,) = said.strange
    assert strange.startswith("leaf ")
    assert strange.endswith(", which waits")
    assert said.unwritten == bool({"version", "digest"} & set(change))
    home.note(one)
    assert home.look() == Standing((one,), unwritten=False, strange=(strange,))


def test_a_home_from_before_signed_trust_roots_lacks_nothing(home: Home) -> None:
    (home.trust.folder / "1.json").unlink()
    assert home.look() == Standing((), unwritten=False, strange=())
    home.insert({"note": "nobody of ours"})
    assert len(home.look().strange) == 1


def test_an_entry_of_another_subject_is_told_and_stands_for_nothing(home: Home) -> None:
    one = home.trust.versions()[0]
    home.insert(facts_of(one), "somebody")
    home.insert({"digest": "00" * 32}, "somebody")
    assert home.look() == Standing((one,), unwritten=True, strange=())
    home.note(one)
    strange = foreign(SqlLogRows(home.database), DEPLOYMENT)
    assert len(strange) == 2
    assert all(place.endswith(", which waits") for place in strange)
