"""Forgeries, whole in themselves and under keys of the forger: what the auditor was told to believe refuses them."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from bundle_world import World, canonical, refused, sealed, verify
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey


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
    document["signatures"] = []
    trust = tmp_path / "trust.json"
    trust.write_bytes(canonical(document))
    print_ = hashlib.sha256(b"jinku/trust-root/1\0" + canonical(document["root"])).hexdigest()
    said = refused(verify(world.bundle, "--trust-root", trust, "--fingerprint", print_))
    assert said == "manifest.json speaks of another log"


WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RAW = b"\x04" + WITNESS.public_key().public_bytes_raw()


def witnessed(world: World, tmp_path: Path, quorum: int) -> tuple[Path, str]:
    """A trust root that wants one outside witness, and its fingerprint."""
    key_id = hashlib.sha256(b"east\n" + RAW).hexdigest()[:8]
    document = json.loads(world.trust.read_bytes())
    vkey = f"east+{key_id}+{base64.b64encode(RAW).decode()}"
    document["root"]["witnesses"] = [{"keys": [vkey], "name": "east", "outside": True}]
    document["root"]["quorum"] = quorum
    document["signatures"] = []
    trust = tmp_path / "witnessed.json"
    trust.write_bytes(canonical(document))
    return trust, hashlib.sha256(b"jinku/trust-root/1\0" + canonical(document["root"])).hexdigest()


def cosigned(folder: Path, time: int, flip: int = 0, grown: bool = False) -> None:
    """The checkpoint carries a cosignature/v1 line of east; so does the earlier one, unless the log has ``grown``."""
    old = (folder / "checkpoint").read_bytes()
    text = old.partition(b"\n\n")[0] + b"\n"
    signature = bytearray(WITNESS.sign(b"cosignature/v1\ntime %d\n" % time + text))
    signature[-1] ^= flip
    raw = hashlib.sha256(b"east\n" + RAW).digest()[:4] + time.to_bytes(8, "big") + signature
    line = "\u2014 east ".encode() + base64.b64encode(raw) + b"\n"
    for path in (*(folder / "receipts").iterdir(), folder / "checkpoint", folder / "consistency"):
        path.write_bytes(path.read_bytes().replace(old, old + line))
    if grown:
        sealed(folder)
        return
    (folder / "earlier-checkpoint").write_bytes((folder / "checkpoint").read_bytes())
    (folder / "consistency").write_bytes(
        b"old %s\n\n" % text.splitlines()[1] + (folder / "checkpoint").read_bytes()
    )  # nothing grew since a checkpoint that is this one
    sealed(folder)


def test_too_few_witnesses_are_refused_and_enough_are_named(world: World, tmp_path: Path) -> None:
    trust, fingerprint = witnessed(world, tmp_path, 1)
    believed = ("--trust-root", trust, "--fingerprint", fingerprint)
    ran = verify(world.bundle, *believed)
    assert "checkpoint has too few witnesses" in refused(ran)
    assert "found: none of east" in ran.stderr
    assert "expected: 1 outside" in ran.stderr
    for name, time, flip, said in (
        ("good", 1_800_000_000, 0, ""),
        ("bad", 1_800_000_000, 1, "checkpoint has a signature that does not hold"),
        ("untimed", 0, 0, "checkpoint has too few witnesses"),
    ):
        folder = world.copy(tmp_path / name)
        cosigned(folder, time, flip)
        ran = verify(folder, *believed)
        if said:
            assert said in refused(ran)
        else:
            assert ran.returncode == 0, ran.stderr
            assert "witnesses from outside: east (1 wanted)" in ran.stdout
            assert "no outside witness" not in ran.stdout


def test_an_earlier_checkpoint_needs_no_witness_that_joined_since(world: World, tmp_path: Path) -> None:
    trust, fingerprint = witnessed(world, tmp_path, 1)
    folder = world.copy(tmp_path / "grown")
    cosigned(folder, 1_800_000_000, grown=True)
    believed = ("--trust-root", trust, "--fingerprint", fingerprint, "--from-checkpoint", world.early)
    ran = verify(folder, *believed)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "it extends your tree" in ran.stdout
    assert "witnesses from outside: east (1 wanted)" in ran.stdout
    assert world.check_here(folder, trust, fingerprint).earlier is not None


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
