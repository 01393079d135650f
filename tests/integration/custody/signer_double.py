"""A signer in files, for tests only: right shapes, a real Ed25519 identity, addresses that nobody can spend from.

Its state lies in a folder, so that a test may kill its own process and go on with a new double, as with the real one.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.types import Mode
from jinku.core import Id, IdSource, Json, account_id, canonical_bytes, domain_digest
from jinku.custody import SignerRefusedError, SignerUnavailableError, VaultNotFoundError, WrongSecretError
from jinku.custody.ports import (
    Delivery,
    DerivedBatch,
    DeriveRequest,
    Form,
    ImportKind,
    SealedEvidence,
    SecretFd,
    SelfWallet,
    SignerInfo,
    SystemKeys,
    VaultDescription,
    VaultSpec,
    Verb,
)

EVM = Form("eip155:1", "evm", "eoa", "m/44'/60'/0'/0/{i}")
SEVEN = (
    EVM,
    Form("bip122:000000000019d6689c085ae165831e93", "bitcoin", "p2tr", "m/86'/0'/0'/0/{i}"),
    Form("bip122:000000000019d6689c085ae165831e93", "bitcoin", "p2wpkh", "m/84'/0'/0'/0/{i}"),
    Form("cosmos:cosmoshub-4", "cosmos", "base", "m/44'/118'/0'/0/{i}"),
    Form("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "solana", "wallet", "m/44'/501'/{i}'/0'"),
    Form("neo:860833102", "neo", "single-sig", "m/44'/888'/0'/0/{i}"),
    Form("tron:728126428", "tron", "eoa", "m/44'/195'/0'/0/{i}"),
)
LENGTHS = {"evm": 40, "bitcoin": 58, "cosmos": 41, "solana": 44, "neo": 33, "tron": 33}
PREFIXES = {"evm": "0x", "bitcoin": "bc1", "cosmos": "cosmos1", "solana": "", "neo": "N", "tron": "T"}


@contextlib.contextmanager
def secret(text: str, kind: str = "passphrase") -> Iterator[SecretFd]:
    """A secret behind a pipe, as a prompt would hand it over."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    try:
        yield SecretFd(reader, kind)
    finally:
        os.close(reader)


def read_all(fd: int) -> bytes:
    data = b""
    while part := os.read(fd, 65536):
        data += part
    return data


def identity_key(folder: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"identity of the double").digest())


def fake_address(seed: bytes, form: Form, index: int) -> str:
    digest = hashlib.sha512(seed + form.chain.encode() + form.kind.encode() + index.to_bytes(8, "big")).hexdigest()
    return PREFIXES[form.family] + digest[: LENGTHS[form.family]]


class PureProver:
    """``BatchProver`` in plain Python, written from the brief's text: the slow twin of the native module."""

    def account_ids(self, job: bytes, ts_ms: int, start: int, count: int) -> list[bytes]:
        return [account_id(Id(job), ts_ms, index).bytes16 for index in range(start, start + count)]

    def unpack(self, packed: bytes) -> list[str]:
        texts, at = [], 0
        while at < len(packed):
            size = packed[at]
            texts.append(packed[at + 1 : at + 1 + size].decode("ascii"))
            at += 1 + size
        return texts

    def leaves(
        self, mode: Mode, forms: Sequence[Form], ids: Sequence[bytes], start: int, columns: Sequence[Sequence[str]]
    ) -> bytes:
        out = []
        for place, raw in enumerate(ids):
            number = start + place if mode is Mode.CUSTODIAL else 0
            addresses = [
                {
                    "address": column[place],
                    "chain": form.chain,
                    "kind": form.kind,
                    "path": form.path.replace("{i}", str(number)),
                }
                for form, column in zip(forms, columns, strict=True)
            ]
            leaf: dict[str, Json] = {"account": str(Id(raw)), "addresses": addresses, "index": start + place, "v": 1}
            out.append(hashlib.sha256(b"\x00" + canonical_bytes(leaf)).digest())
        return b"".join(out)

    def root(self, leaves: bytes) -> bytes:
        return _root([leaves[at : at + 32] for at in range(0, len(leaves), 32)])

    def path(self, leaves: bytes, place: int) -> list[bytes]:
        return _path([leaves[at : at + 32] for at in range(0, len(leaves), 32)], place)

    def lookup_keys(self, addresses: Sequence[str]) -> list[int]:
        return [int.from_bytes(hashlib.sha256(a.encode()).digest()[:8], "big", signed=True) for a in addresses]

    def verify_statement(self, identity_public: bytes, statement: bytes, signature: bytes) -> None:
        try:
            key = Ed25519PublicKey.from_public_bytes(identity_public)
            key.verify(signature, domain_digest("jinku/batch/1", statement))
        except InvalidSignature as error:
            raise AddressIntegrityError("a batch statement has a wrong signature") from error


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _root(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = _split(len(hashes))
    return hashlib.sha256(b"\x01" + _root(hashes[:half]) + _root(hashes[half:])).digest()


def _path(hashes: list[bytes], place: int) -> list[bytes]:
    if len(hashes) == 1:
        return []
    half = _split(len(hashes))
    if place < half:
        return [*_path(hashes[:half], place), _root(hashes[half:])]
    return [*_path(hashes[half:], place - half), _root(hashes[:half])]


class SignerDouble:
    """Implements ``Signer``. ``broken`` makes named verbs fail so many times; ``wrong`` makes recheck disagree."""

    def __init__(self, folder: Path, deployment: Id) -> None:
        self.folder = folder
        self.deployment = deployment
        self.identity = identity_key(folder)
        self.prover = PureProver()
        self.broken: dict[str, int] = {}
        self.wrong_recheck = False
        self.down = False
        self.calls: list[str] = []
        for name in ("vaults", "unlocked"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    # -- helpers

    def _called(self, verb: str) -> None:
        self.calls.append(verb)
        if self.down:
            raise SignerUnavailableError("the double is down")
        if self.broken.get(verb, 0) > 0:
            self.broken[verb] -= 1
            raise SignerUnavailableError(f"the double fails at {verb}")

    def _file(self, vault: str) -> Path:
        path = self.folder / "vaults" / vault
        if not path.exists():
            raise VaultNotFoundError("no such vault file", found=vault)
        return path

    def _load(self, vault: str) -> dict[str, object]:
        return dict(json.loads(self._file(vault).read_text()))

    def _save(self, vault: str, document: dict[str, object]) -> None:
        path = self.folder / "vaults" / vault
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(document))
        fresh.replace(path)

    def _token(self, vault: str) -> bytes:
        return hashlib.sha256(b"token" + vault.encode()).digest()

    def _seed(self, vault: str) -> bytes:
        return hashlib.sha256(b"seed" + vault.encode()).digest()

    def _authorised(self, token: bytes, vault: str) -> None:
        if token != self._token(vault) or not (self.folder / "unlocked" / vault).exists():
            raise SignerRefusedError("the token is void", advice="unlock the vault again")

    def _describe(self, vault: str) -> VaultDescription:
        document = self._load(vault)
        spec = document["spec"]
        assert isinstance(spec, dict)
        unlocked = (self.folder / "unlocked" / vault).exists()
        return VaultDescription(
            vault=vault,
            name=spec["name"],
            tier=spec["tier"],
            state="unlocked" if unlocked else "locked",
            secret_kind=str(document["secret_kind"]),
            forms=tuple(Form(**form) for form in spec["forms"]),
            hardened_accounts=spec["hardened_accounts"],
            exportable=spec["exportable"],
            fingerprint=self._seed(vault)[:4].hex(),
            key_version=int(str(document["key_version"])),
            limits=spec["limits"],
            expires_at_ms=0,
        )

    def _check(self, vault: str, given: SecretFd) -> dict[str, object]:
        document = self._load(vault)
        if document["passphrase"] != hashlib.sha256(read_all(given.fd)).hexdigest():
            raise WrongSecretError("the passphrase does not open this vault", advice="try again")
        return document

    def _make(self, spec: VaultSpec, kind: str, given: SecretFd) -> VaultDescription:
        self._save(
            spec.vault,
            {
                "spec": asdict(spec),
                "secret_kind": kind,
                "passphrase": hashlib.sha256(read_all(given.fd)).hexdigest(),
                "key_version": 1,
            },
        )
        return self._describe(spec.vault)

    # -- system

    def hello(self) -> SignerInfo:
        self._called("hello")
        public = self.identity.public_key().public_bytes_raw().hex()
        return SignerInfo(1, "double", os.getpid(), str(self.deployment), "unlocked", public, (), False)

    def init_system(self, deployment: str, secret: SecretFd) -> SystemKeys:
        raise NotImplementedError

    def unlock_system(self, secret: SecretFd) -> SystemKeys:
        raise NotImplementedError

    def lock(self, vault: str | None = None) -> None:
        self._called("lock")
        for path in (self.folder / "unlocked").iterdir():
            if vault in (None, path.name):
                path.unlink()

    # -- vaults

    def create_vault(
        self, spec: VaultSpec, secret: SecretFd, bip39_passphrase: SecretFd | None = None
    ) -> VaultDescription:
        self._called("create_vault")
        return self._make(spec, "bip39", secret)

    def import_vault(  # noqa: PLR0917
        self,
        spec: VaultSpec,
        kind: ImportKind,
        material: SecretFd,
        secret: SecretFd,
        material_passphrase: SecretFd | None = None,
        allow_costly_kdf: bool = False,
    ) -> VaultDescription:
        self._called("import_vault")
        if read_all(material.fd) == b"bad":
            raise SignerRefusedError("the material is malformed")
        return self._make(spec, "bip39" if kind is ImportKind.MNEMONIC else "xprv", secret)

    def unlock_vault(self, vault: str, secret: SecretFd, verbs: Sequence[Verb], ttl_seconds: int) -> bytes:
        self._called("unlock_vault")
        self._check(vault, secret)
        (self.folder / "unlocked" / vault).touch()
        return self._token(vault)

    def describe(self, vault: str) -> VaultDescription:
        self._called("describe")
        return self._describe(vault)

    def list_vaults(self) -> tuple[VaultDescription, ...]:
        self._called("list_vaults")
        return tuple(self._describe(path.name) for path in sorted((self.folder / "vaults").iterdir()))

    def change_passphrase(self, vault: str, old: SecretFd, new: SecretFd) -> None:
        self._called("change_passphrase")
        document = self._check(vault, old)
        self._save(vault, {**document, "passphrase": hashlib.sha256(read_all(new.fd)).hexdigest()})

    def rekey(self, vault: str, secret: SecretFd) -> int:
        self._called("rekey")
        document = self._check(vault, secret)
        version = int(str(document["key_version"])) + 1
        self._save(vault, {**document, "key_version": version})
        return version

    # -- derivation

    def _batch(
        self, request: DeriveRequest, mode: Mode, columns: list[list[str]], forms: tuple[Form, ...]
    ) -> DerivedBatch:
        ids = self.prover.account_ids(Id.parse(request.job).bytes16, request.ts_ms, request.start, request.count)
        root = self.prover.root(self.prover.leaves(mode, forms, ids, request.start, columns))
        statement = canonical_bytes(
            {
                "count": request.count,
                "deployment": str(self.deployment),
                "forms": [asdict(form) for form in forms],
                "job": request.job,
                "mode": mode.value,
                "root": root.hex(),
                "start": request.start,
                "ts": str(request.ts_ms),
                "v": 1,
                "vault": request.vault,
            }
        )
        packed = tuple(b"".join(bytes([len(text)]) + text.encode() for text in column) for column in columns)
        signature = self.identity.sign(domain_digest("jinku/batch/1", statement))
        fingerprint = self._seed(request.vault)[:4].hex()
        return DerivedBatch(request.start, request.count, forms, packed, root, statement, signature, fingerprint)

    def derive(self, token: bytes, request: DeriveRequest) -> DerivedBatch:
        self._called("derive")
        self._authorised(token, request.vault)
        forms = request.forms or self._describe(request.vault).forms
        seed = self._seed(request.vault)
        indexes = range(request.start, request.start + request.count)
        return self._batch(
            request, Mode.CUSTODIAL, [[fake_address(seed, form, i) for i in indexes] for form in forms], forms
        )

    def recheck(self, token: bytes, vault: str, indexes: Sequence[int]) -> list[list[str]]:
        self._called("recheck")
        self._authorised(token, vault)
        forms, seed = self._describe(vault).forms, self._seed(vault)
        shift = 1 if self.wrong_recheck else 0
        return [[fake_address(seed, form, index + shift) for form in forms] for index in indexes]

    def make_wallets(  # noqa: PLR0917
        self,
        token: bytes,
        request: DeriveRequest,
        forms: Sequence[Form],
        words: int,
        language: str,
        delivery: Delivery,
    ) -> tuple[DerivedBatch, list[SelfWallet]]:
        self._called("make_wallets")
        self._authorised(token, request.vault)
        seeds = [secrets.token_bytes(32) for _ in range(request.count)]
        columns = [[fake_address(seed, form, 0) for seed in seeds] for form in forms]
        ids = self.prover.account_ids(Id.parse(request.job).bytes16, request.ts_ms, request.start, request.count)
        wallets = []
        for place, seed in enumerate(seeds):
            account = str(Id(ids[place]))
            if delivery.recipients:
                blob, lookup = b"age for " + delivery.recipients[place].encode(), b""
            else:
                code = secrets.token_hex(16)
                lookup = hashlib.sha256(b"lookup" + code.encode()).digest()[:16]
                blob = b"sealed " + hashlib.sha256(b"key" + code.encode()).digest() + seed
                os.write(delivery.codes_fd, f"{account} {code}\n".encode())
            wallets.append(SelfWallet(account, request.start + place, seed[:4].hex(), blob, lookup))
        return self._batch(request, Mode.SELF, columns, tuple(forms)), wallets

    def claim(self, code: SecretFd, blob: bytes, out_fd: int, recipient: str = "") -> None:
        self._called("claim")
        key = hashlib.sha256(b"key" + read_all(code.fd).strip()).digest()
        if blob[7:39] != key:
            raise WrongSecretError("the code does not open this blob")
        os.write(out_fd, b"words of " + blob[39:].hex().encode())

    def claim_lookup(self, code: SecretFd) -> bytes:
        self._called("claim_lookup")
        return hashlib.sha256(b"lookup" + read_all(code.fd).strip()).digest()[:16]

    def export(  # noqa: PLR0917
        self,
        token: bytes,
        vault: str,
        account_index: int | None,
        format: str,  # noqa: A002
        out_fd: int,
        secret: SecretFd | None = None,
        recipient: str = "",
    ) -> None:
        self._called("export")
        self._authorised(token, vault)
        if not self._describe(vault).exportable:
            raise SignerRefusedError("the vault is not exportable")
        os.write(out_fd, b"exported")

    # -- evidence

    def create_evidence_key(self, auditor_passphrase: SecretFd) -> str:
        raise NotImplementedError

    def seal_evidence(self, subject: str, evidence: bytes) -> SealedEvidence:
        self._called("seal_evidence")
        key = secrets.token_bytes(32)
        stream = hashlib.shake_256(key).digest(len(evidence))
        sealed = bytes(a ^ b for a, b in zip(evidence, stream, strict=True))
        return SealedEvidence(sealed, key[::-1], hmac.digest(key, subject.encode() + evidence, "sha256"))

    def open_evidence(self, auditor_passphrase: SecretFd, subject: str, sealed: SealedEvidence, out_fd: int) -> None:
        raise NotImplementedError

    def close(self) -> None:
        return None


def new_deployment() -> Id:
    return IdSource().new()
