"""The child-plus-xpub attack works, given its two inputs; a custodial vault gives neither of them, wherever one looks.

From a child's private key k(i) and its parent's public key K and chain code c follows the parent's private key:
k = k(i) - t(i), with t(i) the left half of HMAC-SHA-512(c, K, i) (BIP-32, "Public parent key -> public child key").
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from pathlib import Path

import pyarrow.parquet
import pyrage
import pytest
from bip_utils import Bip32KeyError, Bip32Secp256k1, Bip39SeedGenerator, WifEncoder
from cli_home import VAULT_SECRET, WORDS, CliHome, made_home

from jinku.ops.scan import Needle, Scanner, files_under
from jinku.ops.settings import Settings

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ACCOUNTS = ("m/44'/60'/0'", "m/86'/0'/0'", "m/84'/0'/0'", "m/44'/118'/0'", "m/44'/195'/0'")
COUNT = 5
OPENING = {"--passphrase-fd": VAULT_SECRET}
XPUB = re.compile(rb"[a-zA-Z]pub[1-9A-HJ-NP-Za-km-z]{107}")
KEY = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def root() -> Bip32Secp256k1:
    return Bip32Secp256k1.FromSeed(Bip39SeedGenerator(WORDS).Generate())


def secret_of(node: Bip32Secp256k1) -> bytes:
    return node.PrivateKey().Raw().ToBytes()


def parent_of(child: int, public: Bip32Secp256k1, index: int) -> int:
    """The private key of ``public``, if ``child`` is the private key of its child at ``index``."""
    message = public.PublicKey().RawCompressed().ToBytes() + index.to_bytes(4, "big")
    tweak = hmac.digest(public.ChainCode().ToBytes(), message, hashlib.sha512)[:32]
    return (child - int.from_bytes(tweak, "big")) % ORDER


def attack(files: list[Path]) -> set[bytes]:
    """Every account's private key that follows from what the files show: each xpub with each thing like a key."""
    shown = b"\n".join(path.read_bytes() for path in files)
    found = set()
    for text in set(XPUB.findall(shown)):
        try:
            account = Bip32Secp256k1.FromExtendedKey(text.decode())
        except Bip32KeyError:
            continue
        chain = account.ChildKey(0)
        for key in {int(hexadecimal, 16) for hexadecimal in KEY.findall(shown)}:
            for index in range(COUNT):
                guess = parent_of(parent_of(key, chain, index), account, 0)
                if not guess:
                    continue
                point = Bip32Secp256k1.FromPrivateKey(guess.to_bytes(32, "big")).PublicKey().RawCompressed()
                if point.ToBytes() == account.PublicKey().RawCompressed().ToBytes():
                    found.add(guess.to_bytes(32, "big"))
    return found


def halves() -> list[Needle]:
    """Both inputs of the attack, for each account: extended keys and chain codes, and the children's keys."""
    needles = []
    for path in ACCOUNTS:
        account = root().DerivePath(path)
        for node, name in ((account, path), (account.ChildKey(0), f"{path}/0")):
            needles.append(Needle(f"{name} xpub", node.PublicKey().ToExtended().encode()))
            needles.append(Needle(f"{name} public key", node.PublicKey().RawCompressed().ToBytes()[1:]))
            needles.append(Needle(f"{name} chain code", node.ChainCode().ToBytes()))
            needles.append(Needle(f"{name} key", secret_of(node)))
        children = [account.ChildKey(0).ChildKey(index) for index in range(COUNT)]
        needles += [Needle(f"{path}/0/{index} key", secret_of(child)) for index, child in enumerate(children)]
        wifs = [WifEncoder.Encode(secret_of(child)).encode() for child in children]
        needles += [Needle(f"{path}/0/{index} WIF", wif) for index, wif in enumerate(wifs)]
    return needles


def exports(home: CliHome, row: dict[str, str]) -> list[str]:
    """What was said to every way of asking for an account's key; each is refused, and nothing comes out."""
    person = str(pyrage.x25519.Identity.generate().to_public())
    dresses: list[tuple[str, ...]] = [(format_,) for format_ in ("keystore", "age", "qr", "qr-svg", "wif", "mnemonic")]
    dresses += [("age", "--recipient", person), ("wif", "--plaintext-file", str(home.folder / "plain"))]
    said = []
    for format_, *more in dresses:
        words = ("accounts", "export", row["address"], "--format", format_, *more)
        secrets = OPENING | ({"--keystore-password-fd": b"a new password"} if format_ == "keystore" else {})
        refused = home.run(*words, "--confirm", row["fingerprint"], "--yes", secrets=secrets, expect=3)
        assert refused.err.startswith("error export.refused"), refused.err
        assert refused.out == ""
        said.append(refused.err)
    assert not (home.folder / "plain").exists()
    return said


def everything_shown(home: CliHome, out: Path) -> None:
    """The folder holds all that the commands say of a custodial vault and its accounts, uncompressed."""
    said = []

    def note(*words: str, expect: int | None = 0, **more: object) -> None:
        ran = home.run(*words, expect=expect, **more)  # type: ignore[arg-type]
        said.append(ran.out + ran.err)

    note("vault", "import", "main", "--tier", "hot", secrets={"--mnemonic-file": WORDS.encode()} | OPENING)
    note("vault", "unlock", "main", secrets=OPENING)
    create = ("accounts", "create", "--vault", "main", "--count", str(COUNT))
    note(*create, "--out", str(out / "a.parquet"), "--verify", "all", "--json")
    for command in ("vault describe main", "vault list", "accounts list --vault main", "jobs list --vault main",
                    "signer status", "doctor", "accounts verify --vault main"):  # fmt: skip
        note(*command.split(), "--json", expect=None)
        note(*command.split(), expect=None)
    for name in ("a.csv", "a.jsonl"):
        note("accounts", "list", "--vault", "main", "--out", str(out / name))
    (out / "parquet.json").write_text(json.dumps(pyarrow.parquet.read_table(out / "a.parquet").to_pylist()))
    rows = home.run("accounts", "list", "--vault", "main", "--json").lines
    assert len(rows) == COUNT * 7
    note("accounts", "prove", *(row["address"] for row in rows))
    for format_ in ("xprv", "age"):
        note("vault", "export", "main", "--format", format_, "--yes", secrets=OPENING, expect=None)
    said += exports(home, next(row for row in rows if row["family"] == "evm"))
    said += exports(home, next(row for row in rows if row["kind"] == "p2wpkh"))
    (out / "said").write_text("\n".join(said))


def plant(folder: Path, child: bytes, xpub: str) -> list[Path]:
    (folder / "key").write_text(json.dumps({"key": child.hex()}))
    (folder / "table").write_text(f"account,xpub\n7,{xpub}\n")
    return list(files_under([folder]))


@pytest.mark.parametrize(("path", "index"), [(ACCOUNTS[0], 3), (ACCOUNTS[2], 0)])
def test_with_both_inputs_the_attack_gives_the_parent(tmp_path: Path, path: str, index: int) -> None:
    account = root().DerivePath(path)
    child, xpub = account.ChildKey(0).ChildKey(index), account.PublicKey().ToExtended()
    assert attack(plant(tmp_path, secret_of(child), xpub)) == {secret_of(account)}
    stranger = root().DerivePath("m/44'/60'/9'/0/3")
    assert attack(plant(tmp_path, secret_of(stranger), xpub)) == set(), "a key of another account does not help"
    hardened = account.ChildKey(0x80000000).ChildKey(0)
    assert attack(plant(tmp_path, secret_of(hardened), xpub)) == set(), "nor one below a hardened step"
    (tmp_path / "table").unlink()
    assert attack(plant(tmp_path, secret_of(child), "none")) == set(), "nor a child without the xpub"


def test_a_custodial_vault_gives_no_input_for_it(tmp_path: Path) -> None:
    scanner = Scanner(halves())
    assert scanner.prove(tmp_path) == ()
    with made_home() as home:
        everything_shown(home, tmp_path)
        roots = [tmp_path, home.home, Settings.of(home.home, home.environment).runtime]
        files = list(files_under(roots))
        names = {path.name for path in files}
        assert {"said", "a.csv", "a.jsonl", "parquet.json", "jinku.db", "system.vault", "signer.log"} <= names
        assert any(path.suffix == ".vault" and path.parent.name == "vaults" for path in files)
        report = scanner.scan(roots)
        assert report.findings == ()
        assert report.files >= len(names)
        assert attack(files) == set()
        # the very same search and attack succeed once both halves are planted among those files
        account = root().DerivePath(ACCOUNTS[0])
        plant(tmp_path, secret_of(account.ChildKey(0).ChildKey(1)), account.PublicKey().ToExtended())
        planted = {finding.path.name for finding in scanner.scan(roots).findings}
        assert planted == {"key", "table"}
        assert attack(list(files_under(roots))) == {secret_of(account)}
