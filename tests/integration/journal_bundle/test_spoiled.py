"""A bundle that somebody spoiled or forged: each is refused by the name of what is wrong, with exit code 5."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundle_world import VERIFY, World, canonical, refused, sealed, verify
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

SEED = int(os.environ.get("JINKU_TEST_SEED", "20261121"))


def test_a_flipped_bit_of_any_file_is_refused_by_its_name(world: World, tmp_path: Path) -> None:
    folder, chance = world.copy(tmp_path / "b"), random.Random(SEED)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, good = path.relative_to(folder).as_posix(), path.read_bytes()
        for at in chance.sample(range(len(good)), 2):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1 << chance.randrange(8)]) + good[at + 1 :])
            said = refused(world.check(folder))
            # a name that the flipped manifest gives a file otherwise is named, too
            assert name in said or name == "manifest.json", (SEED, name, at, said)
        for bad in (good[:-1], good + b"\n"):
            path.write_bytes(bad)
            assert name in refused(world.check(folder))
        path.write_bytes(good)
    assert world.check(folder).returncode == 0


def test_a_flipped_bit_is_found_without_the_manifest_too(world: World, tmp_path: Path) -> None:
    """Whoever forges a bundle writes a manifest that fits: the log, not the manifest, is what proves."""
    folder, chance = world.copy(tmp_path / "b"), random.Random(SEED)
    told = ("README.md", "verify.py", "keys.txt", "trust-root.json", "anchors/README.md", "manifest.json")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, good = path.relative_to(folder).as_posix(), path.read_bytes()
        if name in told:
            continue  # proves nothing, and nothing is believed for it
        for at in chance.sample(range(len(good)), 4):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1 << chance.randrange(8)]) + good[at + 1 :])
            sealed(folder)
            assert refused(world.check(folder)), (SEED, name, at)
        path.write_bytes(good)
    sealed(folder)
    assert world.check(folder).returncode == 0


def _entries(folder: Path) -> list[str]:
    return list(json.loads((folder / "manifest.json").read_bytes())["entries"])


def _missing(folder: Path) -> str:
    (folder / "receipts" / "0.tlog-proof").unlink()
    return "receipts/0.tlog-proof is missing"


def _extra(folder: Path) -> str:
    (folder / "approved-by-the-auditor.txt").write_text("yes")
    return "approved-by-the-auditor.txt is not listed"


def _extra_listed(folder: Path) -> str:
    (folder / "approved-by-the-auditor.txt").write_text("yes")
    sealed(folder)
    return "approved-by-the-auditor.txt has no place in a bundle"


def _link(folder: Path) -> str:
    (folder / "keys.txt").unlink()
    (folder / "keys.txt").symlink_to("/etc/passwd")
    return "keys.txt is a link"


def _linked_folder(folder: Path) -> str:
    (folder / "anchors").rename(folder.parent / "anchors")
    (folder / "anchors").symlink_to(folder.parent / "anchors")
    return "anchors is a link"


def _pipe(folder: Path) -> str:
    (folder / "keys.txt").unlink()
    os.mkfifo(folder / "keys.txt")
    return "keys.txt is a link or device"


def _huge(folder: Path) -> str:
    os.truncate(folder / "entries" / "0.json", 3 << 30)  # sparse: nothing is written
    return "entries/0.json makes the bundle too large"


def _large(folder: Path) -> str:
    os.truncate(folder / "entries" / "0.json", 5 << 20)
    return "entries/0.json is too large"


def _large_manifest(folder: Path) -> str:
    os.truncate(folder / "manifest.json", 2 << 20)
    return "manifest.json is too large"


def _swapped(folder: Path) -> str:
    """Two receipts of another's entry."""
    first, second = (folder / "receipts" / f"{n}.tlog-proof" for n in _entries(folder)[:2])
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    sealed(folder)
    return "receipts/0.tlog-proof is of another entry"


def _not_canonical(folder: Path) -> str:
    path = folder / "entries" / "0.json"
    path.write_bytes(path.read_bytes().replace(b",", b", ", 1))
    sealed(folder)
    return "entries/0.json is not canonical"


def _twice(folder: Path) -> str:
    path = folder / "entries" / "0.json"
    path.write_bytes(path.read_bytes()[:-1] + b',"v":1}')
    sealed(folder)
    return "entries/0.json names a member twice"


def _fraction(folder: Path) -> str:
    path = folder / "entries" / "0.json"
    path.write_bytes(path.read_bytes().replace(b'"v":1', b'"v":1.0'))
    sealed(folder)
    return "entries/0.json holds a number that is no integer"


def _surrogate(folder: Path) -> str:
    path = folder / "entries" / "0.json"
    path.write_bytes(path.read_bytes().replace(b'"dev"', b'"\\ud800"'))
    sealed(folder)
    return "entries/0.json holds a lone surrogate"


def _deep(folder: Path) -> str:
    path = folder / "entries" / "0.json"
    path.write_bytes(b'{"a":' + b"[" * 60_000 + b"]" * 500)
    sealed(folder)
    return "entries/0.json is no JSON"


def _other_selection(folder: Path) -> str:
    selected = json.loads((folder / "manifest.json").read_bytes())["selected"]
    sealed(folder, selected=selected | {"subject": "somebody else"})
    return "is not what was selected"


def _entry_dropped(folder: Path) -> str:
    """The first entry, which names the identity key, is left out."""
    (folder / "entries" / "0.json").unlink()
    (folder / "receipts" / "0.tlog-proof").unlink()
    sealed(folder, entries=_entries(folder)[1:], besides=[])
    return "the log's first entry does not name the identity key"


def _statement_of_another(folder: Path) -> str:
    path = next((folder / "statements").iterdir())
    path.write_bytes(path.read_bytes().replace(b'"count":12', b'"count":13'))
    sealed(folder)
    return "and the entry differ in count"


def _consistency_dropped(folder: Path) -> str:
    (folder / "consistency").write_bytes(b"old 0\n\n" + (folder / "checkpoint").read_bytes())
    sealed(folder)
    return "consistency is from another tree"


def _climbs_out(folder: Path) -> str:
    sealed(folder, entries=["../../etc/passwd"])
    return "entries/../../etc/passwd.json is missing"


def _no_list(folder: Path) -> str:
    sealed(folder, entries={"0": 1})
    return "manifest.json is malformed"


def _no_text(folder: Path) -> str:
    sealed(folder, besides=[{}])
    return "something is malformed"


CHANGES: list[Callable[[Path], str]] = [
    _missing, _extra, _extra_listed, _link, _linked_folder, _pipe, _huge, _large, _large_manifest, _swapped, _twice,
    _not_canonical, _fraction, _surrogate, _deep, _other_selection, _entry_dropped, _statement_of_another, _climbs_out,
    _consistency_dropped, _no_list, _no_text,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_what_was_changed_is_named(world: World, tmp_path: Path, change: Callable[[Path], str]) -> None:
    folder = world.copy(tmp_path / "b")
    expected = change(folder)
    assert expected in refused(world.check(folder))


def test_a_name_cannot_steer_the_terminal(world: World, tmp_path: Path) -> None:
    folder = world.copy(tmp_path / "b")
    (folder / "\x1b[2Jgone").write_text("x")
    ran = world.check(folder)
    assert "gone is not listed" in refused(ran)
    assert "\x1b" not in ran.stderr


def test_a_linked_bundle_and_an_empty_one_are_refused(world: World, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(world.bundle)
    assert "is no folder" in refused(world.check(tmp_path / "link"))
    (tmp_path / "empty").mkdir()
    assert "manifest.json cannot be read" in refused(world.check(tmp_path / "empty"))


# -- forgeries: another log that looks the same


class Forger:
    """Log keys of the forger's own, under the victim's names."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.ed25519, self.mldsa44 = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()

    def vkeys(self) -> list[str]:
        publics = ((1, self.ed25519.public_key().public_bytes_raw()), (6, self.mldsa44.public_key().public_bytes_raw()))
        return [self._vkey(bytes([kind]) + public) for kind, public in publics]

    def _vkey(self, raw: bytes) -> str:
        return f"{self.origin}+{self._id(raw).hex()}+{base64.b64encode(raw).decode()}"

    def _id(self, raw: bytes) -> bytes:
        return hashlib.sha256(self.origin.encode() + b"\n" + raw).digest()[:4]

    def note(self, text: str) -> bytes:
        """The checkpoint's text, signed by both keys."""
        origin, size, root = text.splitlines()
        name, now = bytes([len(origin)]) + origin.encode(), (1_800_000_000).to_bytes(8, "big")
        message = (
            b"subtree/v1\n\0" + name + now + name + bytes(8) + int(size).to_bytes(8, "big") + base64.b64decode(root)
        )
        lines = [self.ed25519.sign(text.encode()), now + self.mldsa44.sign(message)]
        raws = [base64.b64decode(vkey.split("+", 2)[2]) for vkey in self.vkeys()]
        coded = [base64.b64encode(self._id(raw) + line).decode() for raw, line in zip(raws, lines, strict=True)]
        return (text + "\n" + "".join(f"\u2014 {origin} {one}\n" for one in coded)).encode()


def forged(world: World, folder: Path) -> Forger:
    """The bundle speaks of a log of the forger's, keys and trust root and all; it is whole in itself."""
    world.copy(folder)
    text = (folder / "checkpoint").read_text().partition("\n\n")[0] + "\n"
    forger = Forger(text.splitlines()[0])
    old = (folder / "checkpoint").read_bytes()
    note = forger.note(text)
    for path in (*(folder / "receipts").iterdir(), folder / "checkpoint", folder / "consistency"):
        path.write_bytes(path.read_bytes().replace(old, note))
    early = (folder / "earlier-checkpoint").read_text().partition("\n\n")[0] + "\n"
    (folder / "earlier-checkpoint").write_bytes(forger.note(early))
    (folder / "keys.txt").write_text("\n".join(forger.vkeys()))
    trust: dict[str, Any] = json.loads((folder / "trust-root.json").read_bytes())
    trust["root"]["journal"]["keys"] = sorted(forger.vkeys())
    admin = Ed25519PrivateKey.generate()
    trust["root"]["keys"][0]["public"] = admin.public_key().public_bytes_raw().hex()
    digest = hashlib.sha256(b"jinku/trust-root/1\0" + canonical(trust["root"])).digest()
    public = trust["root"]["keys"][0]["public"]
    trust["signatures"] = [{"public": public, "signature": admin.sign(digest).hex()}]
    (folder / "trust-root.json").write_bytes(canonical(trust))
    sealed(folder)
    return forger


def test_keys_inside_the_bundle_are_never_believed(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    forged(world, folder)
    assert "checkpoint is not signed by the pinned log" in refused(world.check(folder))


def test_the_forgers_own_trust_root_shows_another_fingerprint(world: World, tmp_path: Path) -> None:
    """Believed, it would verify all of the forgery; so an auditor compares, and --fingerprint refuses."""
    folder, trust = tmp_path / "b", tmp_path / "trust.json"
    forged(world, folder)
    shutil.copy(folder / "trust-root.json", trust)
    ran = verify(folder, "--trust-root", trust)
    assert ran.returncode == 0, ran.stderr
    assert world.fingerprint not in ran.stdout
    assert "this is the right trust root" in ran.stdout.partition("NOT PROVEN")[2]
    said = refused(verify(folder, "--trust-root", trust, "--fingerprint", world.fingerprint))
    assert said == "this is not the trust root that was meant"


def test_a_signature_of_an_admin_that_does_not_hold_refuses_the_trust_root(world: World, tmp_path: Path) -> None:
    folder, trust = tmp_path / "b", tmp_path / "trust.json"
    forged(world, folder)
    document = json.loads((folder / "trust-root.json").read_bytes())
    document["signatures"][0]["signature"] = "00" * 64
    trust.write_bytes(canonical(document))
    assert "the trust root's signature of admin does not hold" in refused(verify(folder, "--trust-root", trust))


def test_the_trust_root_of_another_deployment_is_refused(world: World, tmp_path: Path) -> None:
    document = json.loads(world.trust.read_bytes())
    document["root"]["deployment"] = "018bcfe5-6800-7000-8000-000000000000"
    trust = tmp_path / "trust.json"
    trust.write_bytes(canonical(document))
    print_ = hashlib.sha256(b"jinku/trust-root/1\0" + canonical(document["root"])).hexdigest()
    said = refused(verify(world.bundle, "--trust-root", trust, "--fingerprint", print_))
    assert said == "manifest.json speaks of another log"


WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RAW = b"\x04" + WITNESS.public_key().public_bytes_raw()


def _witnessed(world: World, tmp_path: Path, quorum: int) -> tuple[Path, str]:
    """A trust root that wants one outside witness, and its fingerprint."""
    key_id = hashlib.sha256(b"east\n" + RAW).hexdigest()[:8]
    document = json.loads(world.trust.read_bytes())
    vkey = f"east+{key_id}+{base64.b64encode(RAW).decode()}"
    document["root"]["witnesses"] = [{"keys": [vkey], "name": "east", "outside": True}]
    document["root"]["quorum"] = quorum
    trust = tmp_path / "witnessed.json"
    trust.write_bytes(canonical(document))
    return trust, hashlib.sha256(b"jinku/trust-root/1\0" + canonical(document["root"])).hexdigest()


def _cosigned(folder: Path, time: int, flip: int = 0) -> None:
    """The checkpoint carries a cosignature/v1 line of east."""
    old = (folder / "checkpoint").read_bytes()
    text = old.partition(b"\n\n")[0] + b"\n"
    signature = bytearray(WITNESS.sign(b"cosignature/v1\ntime %d\n" % time + text))
    signature[-1] ^= flip
    raw = hashlib.sha256(b"east\n" + RAW).digest()[:4] + time.to_bytes(8, "big") + signature
    line = "\u2014 east ".encode() + base64.b64encode(raw) + b"\n"
    for path in (*(folder / "receipts").iterdir(), folder / "checkpoint", folder / "consistency"):
        path.write_bytes(path.read_bytes().replace(old, old + line))
    (folder / "earlier-checkpoint").write_bytes((folder / "checkpoint").read_bytes())
    (folder / "consistency").write_bytes(
        b"old %s\n\n" % text.splitlines()[1] + (folder / "checkpoint").read_bytes()
    )  # nothing grew since a checkpoint that is this one
    sealed(folder)


def test_too_few_witnesses_are_refused_and_enough_are_named(world: World, tmp_path: Path) -> None:
    trust, fingerprint = _witnessed(world, tmp_path, 1)
    believed = ("--trust-root", trust, "--fingerprint", fingerprint)
    assert "checkpoint has too few witnesses" in refused(verify(world.bundle, *believed))
    for name, time, flip, said in (
        ("good", 1_800_000_000, 0, ""),
        ("bad", 1_800_000_000, 1, "checkpoint has a signature that does not hold"),
        ("untimed", 0, 0, "checkpoint has too few witnesses"),
    ):
        folder = world.copy(tmp_path / name)
        _cosigned(folder, time, flip)
        ran = verify(folder, *believed)
        if said:
            assert said in refused(ran)
        else:
            assert ran.returncode == 0, ran.stderr
            assert "witnesses from outside: east (1 wanted)" in ran.stdout
            assert "no outside witness" not in ran.stdout


def test_a_rewritten_log_does_not_extend_what_the_auditor_keeps(world: World, tmp_path: Path) -> None:
    """The same keys signed another tree at the earlier size: the auditor's copy shows it."""
    folder, early, trust = world.copy(tmp_path / "b"), tmp_path / "early", tmp_path / "t.json"
    text = world.early.read_text().partition("\n\n")[0].splitlines()
    fork = f"{text[0]}\n{text[1]}\n{base64.b64encode(bytes(32)).decode()}\n"
    forger = forged(world, tmp_path / "f")
    shutil.copy(tmp_path / "f" / "trust-root.json", trust)
    early.write_bytes(forger.note(fork))
    said = refused(verify(tmp_path / "f", "--trust-root", trust, "--from-checkpoint", early))
    assert said == "the bundle starts from another tree than yours"
    (tmp_path / "f" / "earlier-checkpoint").write_bytes(early.read_bytes())
    sealed(tmp_path / "f")
    said = refused(verify(tmp_path / "f", "--trust-root", trust, "--from-checkpoint", early))
    assert said == "consistency: the log was rewritten, or the proof is another's"
    assert "is not signed by the pinned log" in refused(world.check(folder, "--from-checkpoint", early))
    assert VERIFY.exists()
