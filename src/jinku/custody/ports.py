"""What custody needs from the process that holds the keys. No secret crosses: descriptors do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from jinku.custody.kinds import BegunOrigin, ImportKind, OpenedOrigin, SignerInfo, SystemKeys, TreeLeft, Verb

__all__ = [
    "BegunOrigin", "Delivery", "DeriveRequest", "DerivedBatch", "Exported", "Form", "ImportKind", "OpenedOrigin",
    "SealedEvidence", "SecretFd", "SelfWallet", "Signer", "SignerInfo", "SignerLauncher", "SystemKeys", "TreeLeft",
    "VaultDescription", "VaultSpec", "Verb",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SecretFd:
    """A readable descriptor from which the signer, and only the signer, reads a secret to its end."""

    fd: int
    kind: str = "passphrase"  # or "keyfile": exactly 32 raw bytes


@dataclass(frozen=True, slots=True)
class Form:
    """One address that every account gets: CAIP-2 chain, family, kind and path template with ``{i}``."""

    chain: str
    family: str
    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class VaultSpec:
    """What a new vault shall be. ``limits`` are limits of use, opaque canonical JSON that the signer authenticates."""

    vault: str  # UUIDv7
    name: str
    tier: str  # hot | warm | cold
    forms: tuple[Form, ...]
    hardened_accounts: bool = False
    exportable: bool = True
    words: int = 24
    language: str = "english"
    limits: str = "{}"


@dataclass(frozen=True, slots=True)
class VaultDescription:
    """What the signer says of a vault; authenticated by the data key when ``state`` is unlocked."""

    vault: str
    name: str
    tier: str
    state: str  # "locked" | "unlocked" | "damaged" (its file cannot be read; the other fields say little)
    secret_kind: str  # bip39 | xprv | raw-secp256k1 | raw-nist256p1 | raw-ed25519 | watch-xpub | watch-descriptor
    forms: tuple[Form, ...]
    hardened_accounts: bool
    exportable: bool
    fingerprint: str  # master fingerprint, 8 hex digits
    key_version: int
    limits: str
    expires_at_ms: int  # of the longest-lived token; 0 when locked
    origin: str = ""  # "created" | "imported"
    remarks: tuple[str, ...] = ()  # what is unusual about imported material and may matter
    accounts: tuple[int, ...] = ()  # how many accounts each form can have; empty while locked, and in lists


@dataclass(frozen=True, slots=True)
class DeriveRequest:
    """A range of accounts: ``count`` from ``start``; ``job`` and ``ts_ms`` fix the account ids.

    ``forms`` narrows a batch to some of the vault's own forms, in this order; empty means all of them. A form that
    the vault does not have is refused.
    """

    vault: str
    job: str
    ts_ms: int
    start: int
    count: int
    forms: tuple[Form, ...] = ()


@dataclass(frozen=True, slots=True)
class DerivedBatch:
    """One signed batch. ``columns[k]`` packs the addresses of form k: u8 length, ASCII, in account order."""

    start: int
    count: int
    forms: tuple[Form, ...]
    columns: tuple[bytes, ...]
    root: bytes  # 32
    statement: bytes  # canonical JSON of the batch
    signature: bytes  # Ed25519 over SHA256("jinku/batch/1" 00 statement)
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where self-mode mnemonics go: one age recipient a wallet, or claim codes written to ``codes_fd``."""

    recipients: tuple[str, ...] = ()
    codes_fd: int = -1


@dataclass(frozen=True, slots=True)
class SelfWallet:
    """One self-mode wallet. ``blob`` is an age file, or the claim ciphertext found under ``lookup_id``."""

    account: str
    index: int
    fingerprint: str
    blob: bytes
    lookup_id: bytes  # empty for age delivery


@dataclass(frozen=True, slots=True)
class Exported:
    """What has to be known of a key that left."""

    needs_passphrase: bool  # words that give their addresses only with a BIP-39 passphrase, which did not leave


@dataclass(frozen=True, slots=True)
class SealedEvidence:
    """Evidence that only the auditor opens."""

    ciphertext: bytes
    sealed_key: bytes
    commitment: bytes  # HMAC-SHA-256 under a key of the subject


class Signer(Protocol):
    """The verbs of jinku-signer. Each raises a ``jinku.custody.errors.SignerError`` when it did not do what it says."""

    def hello(self) -> SignerInfo:
        """Who answers, and what is open in it; never waits for a secret."""

    def init_system(self, deployment: str, secret: SecretFd) -> SystemKeys:
        """The system key set is made, sealed under ``secret`` and open."""

    def unlock_system(self, secret: SecretFd) -> SystemKeys:
        """The system keys are open: batches can be signed."""

    def lock(self, vault: str | None = None) -> None:
        """Afterwards the keys of the vault (of everything when None) are wiped and their tokens void."""

    def create_vault(
        self, spec: VaultSpec, secret: SecretFd, bip39_passphrase: SecretFd | None = None
    ) -> VaultDescription:
        """The vault's file stands with fresh entropy, sealed under ``secret``; the vault is locked."""

    def import_vault(  # noqa: PLR0917  as the port
        self,
        spec: VaultSpec,
        kind: ImportKind,
        material: SecretFd,
        secret: SecretFd,
        material_passphrase: SecretFd | None = None,  # BIP-39 passphrase, keystore or NEP-2 password
        allow_costly_kdf: bool = False,
    ) -> VaultDescription:
        """The vault's file stands with what ``material`` holds, sealed under ``secret``; the vault is locked."""

    def unlock_vault(self, vault: str, secret: SecretFd, verbs: Sequence[Verb], ttl_seconds: int) -> bytes:
        """The 32-byte capability token."""

    def describe(self, vault: str) -> VaultDescription:
        """What the vault's file says of it, authenticated while the vault is unlocked."""

    def list_vaults(self) -> tuple[VaultDescription, ...]:
        """Every vault whose file the signer has."""

    def change_passphrase(self, vault: str, old: SecretFd, new: SecretFd) -> None:
        """``new`` opens the vault and ``old`` does not; older copies of the file still open with ``old``."""

    def rekey(self, vault: str, secret: SecretFd) -> int:
        """The new key version; every record is sealed anew under a new data key."""

    def derive(self, token: bytes, request: DeriveRequest) -> DerivedBatch:
        """The addresses of a range, and the signed statement over them."""

    def recheck(self, token: bytes, vault: str, indexes: Sequence[int]) -> list[list[str]]:
        """The addresses of each index, one a form of the vault, by the signer's second, independent code path."""

    def make_wallets(  # noqa: PLR0917  as the port
        self, token: bytes, request: DeriveRequest, forms: Sequence[Form], words: int, language: str, delivery: Delivery
    ) -> tuple[DerivedBatch, list[SelfWallet]]:
        """Fresh wallets, one an account: their addresses as a signed batch, their words encrypted for delivery."""

    def claim(self, code: SecretFd, blob: bytes, out_fd: int, recipient: str = "") -> None:
        """The blob's mnemonic is written to ``out_fd`` (as an age file when a recipient is given)."""

    def claim_lookup(self, code: SecretFd) -> bytes:
        """The look-up id of a claim code."""

    def export(  # noqa: PLR0917  as the port
        self,
        token: bytes,
        vault: str,
        account_index: int | None,
        format: str,  # noqa: A002  the command's own word
        out_fd: int,
        secret: SecretFd | None = None,
        recipient: str = "",
        form: int | None = None,
    ) -> Exported:
        """The key is written to ``out_fd``, by the rules of export.

        ``format``: mnemonic, xprv, keystore, wif, solana-keypair, age, qr, qr-svg. ``secret`` is a keystore's new
        password. ``account_index`` None asks for the vault's whole secret; ``form`` (a place in the vault's forms) says
        which of the account's keys, else the first that the format fits.
        """

    def create_evidence_key(self, auditor_passphrase: SecretFd) -> str:
        """The evidence public key (hex); its private half stands sealed under the auditor's passphrase."""

    def seal_evidence(self, subject: str, evidence: bytes) -> SealedEvidence:
        """Evidence of one subject, sealed to the evidence key, with a commitment to it."""

    def open_evidence(self, auditor_passphrase: SecretFd, subject: str, sealed: SealedEvidence, out_fd: int) -> None:
        """The evidence is written to ``out_fd`` once it agrees with its commitment."""

    def log_head(self, ended: bool = False) -> tuple[int, bytes] | None:
        """Size and root (32 bytes) of the last head of the log that was signed; None before the first.

        While the origin that the trust root names is not opened, that of the one before is given to ``ended`` alone;
        else it is ``log.origin``.
        """

    def begun_origin(self) -> BegunOrigin | None:
        """The origin that was begun last, while nothing was signed for it; None otherwise."""

    def sign_checkpoint(self, size: int, root: bytes, proof: Sequence[bytes]) -> tuple[str, ...]:
        """The log's signature lines over a head that extends the last one signed, which ``proof`` shows.

        A fork and a step back are refused: the head signed is on the signer's own disk before the lines leave.
        """

    def trust_root(self) -> bytes:
        """The signed trust root that the signer believes; empty before the first."""

    def begin_trust(self, created_at_ms: int) -> bytes:
        """The same; where there was none, the signer makes version 1: its actor as admin, its own log, no witness."""

    def sign_trust_root(self, secret: SecretFd, document: bytes) -> tuple[bytes, bytes]:
        """The actor's public key and signature over the next version, which the signer read and found to be that.

        ``secret`` is the home's own: whoever only found the keys open changes nobody's trust.
        """

    def accept_trust_root(self, signed: bytes) -> None:
        """The signer believes this version; the admins of the one before and its own have signed it."""

    def open_origin(self, secret: SecretFd, signed: bytes, left: TreeLeft) -> OpenedOrigin:
        """The log goes on under the origin that the trust root ``signed`` names, from this tree on.

        That root is in force, or follows it and names a later origin; the actor's signature is added. Where others are
        missing nothing changes, and the answer has no statement. No head of the old origin is signed afterwards.
        """

    def resume_origin(self, statement: bytes, signature: bytes) -> None:
        """A signer that was restored from before it opened the origin in force goes on from the head of its own
        statement. Nothing changes where it has a head of that origin.
        """

    def anchor_address(self) -> bytes:
        """The account (20 bytes) that pays for anchors on EVM chains; its key is no vault's."""

    def sign_anchor(
        self, chain_id: int, nonce: int, gas: int, max_fee_wei: int, priority_fee_wei: int
    ) -> tuple[int, bytes, bytes]:
        """Size and root of the last head that the signer signed, and a transaction (EIP-1559) that carries its digest.

        The signer chooses receiver, value and data itself, and refuses what costs more than its own ceiling.
        """

    def close(self) -> None:
        """The connection is closed; the signer runs on."""


class SignerLauncher(Protocol):
    """Starts the signer of this home when none answers, and says what answers there."""

    def connect(self, start: bool = True) -> Signer:
        """A signer that answers and is the one this home pinned; started when none does and ``start`` allows."""

    def stop(self) -> None:
        """No signer runs on this home; its keys are wiped, or went with the process."""

    def ask(self, prompt: str, confirm: bool = False) -> Iterator[SecretFd]:
        """A secret that a person typed, as a descriptor; asked for twice with ``confirm``."""
