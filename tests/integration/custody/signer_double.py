"""A signer in files, for tests only: right shapes, a real Ed25519 identity, addresses that nobody can spend from.

Its state lies in a folder, so that a test may kill its own process and go on with a new double, as with the real one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pure_prover import PureProver
from shapes import fake_address, identity_key, read_all
from wallets_double import WalletsDouble

from jinku.accounts.types import Mode
from jinku.core import Id, IdSource, canonical_bytes, domain_digest
from jinku.custody import SignerRefusedError, SignerUnavailableError, VaultNotFoundError, WrongSecretError
from jinku.custody.ports import (
    DerivedBatch,
    DeriveRequest,
    Exported,
    Form,
    ImportKind,
    SealedEvidence,
    SecretFd,
    SignerInfo,
    SystemKeys,
    VaultDescription,
    VaultSpec,
    Verb,
)


class SignerDouble(WalletsDouble):
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

    def _token(self, vault: str, verb: Verb = Verb.DERIVE) -> bytes:
        return hashlib.sha256(b"token" + vault.encode() + (b"export" if verb is Verb.EXPORT else b"")).digest()

    def _seed(self, vault: str) -> bytes:
        return hashlib.sha256(b"seed" + vault.encode()).digest()

    def _authorised(self, token: bytes, vault: str, verb: Verb = Verb.DERIVE) -> None:
        if token != self._token(vault, verb) or not (self.folder / "unlocked" / vault).exists():
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
            accounts=tuple(1 << 31 for _ in spec["forms"]) if unlocked else (),
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
        return self._token(vault, Verb.EXPORT if Verb.EXPORT in verbs else Verb.DERIVE)

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

    def export(  # noqa: PLR0917
        self,
        token: bytes,
        vault: str,
        account_index: int | None,
        format: str,  # noqa: A002
        out_fd: int,
        secret: SecretFd | None = None,
        recipient: str = "",
    ) -> Exported:
        self._called("export")
        self._authorised(token, vault, Verb.EXPORT)
        if not self._describe(vault).exportable:
            raise SignerRefusedError("the vault is not exportable")
        os.write(out_fd, b"exported")
        return Exported(needs_passphrase=False)

    # -- evidence

    def create_evidence_key(self, auditor_passphrase: SecretFd) -> str:
        raise NotImplementedError

    def open_evidence(self, auditor_passphrase: SecretFd, subject: str, sealed: SealedEvidence, out_fd: int) -> None:
        raise NotImplementedError

    def close(self) -> None:
        return None


def new_deployment() -> Id:
    return IdSource().new()
