"""The signer behind its socket: every verb of the port, and no secret in this process."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from jinku import _native
from jinku.core import JinkuError
from jinku.custody.adapters.bodies import (
    batch,
    description,
    exported,
    most_bytes,
    put_optional_secret,
    put_range,
    put_secret,
    put_spec,
    system_keys,
    wallets,
    whole_description,
)
from jinku.custody.adapters.connection import Connections, Pin
from jinku.custody.adapters.signing_socket import SigningVerbs
from jinku.custody.adapters.strangers import damaged, impostor, unopened
from jinku.custody.adapters.wire import NO_TOKEN, Reader, VerbNumber, Writer
from jinku.custody.ports import (
    BegunOrigin,
    Delivery,
    DerivedBatch,
    DeriveRequest,
    Exported,
    Form,
    ImportKind,
    OpenedOrigin,
    SealedEvidence,
    SecretFd,
    SelfWallet,
    SignerInfo,
    SystemKeys,
    TreeLeft,
    VaultDescription,
    VaultSpec,
    Verb,
)

__all__ = ["Pin", "SocketSigner"]

_SYSTEM, _WALLET_BYTES = ("absent", "locked", "unlocked"), 8192  # a sealed wallet with what tells whose it is
_VERB_BITS = {Verb.DERIVE: 1, Verb.DESCRIBE: 2, Verb.EXPORT: 4, Verb.MAKE: 8, Verb.SIGN: 16}


class SocketSigner(SigningVerbs):
    """Implements ``Signer``. Safe to use from several threads: each call has a connection of its own while it runs."""

    def __init__(
        self,
        socket: Path,
        *,
        pin: Pin | None = None,
        owner_uid: int | None = None,
        timeout_seconds: float = 180.0,
    ) -> None:
        """Speak to the signer at ``socket``, which has to run as ``owner_uid`` (this user when None).

        ``pin`` names the deployment and identity key that it must have.
        """
        self._pin = pin
        uid = os.geteuid() if owner_uid is None else owner_uid
        self._connections = Connections(socket, uid, timeout_seconds, self._greet)

    @property
    def peer_pid(self) -> int:
        """Process id of the signer last connected to, as the kernel names it; 0 before the first call."""
        return self._connections.peer_pid

    def _call(self, verb: VerbNumber, body: Writer | None = None, token: bytes = NO_TOKEN) -> Reader:
        answer, _ = self._connections.call(verb, token, body or Writer())
        return Reader(answer)

    def _greet(self, call: Callable[[VerbNumber, bytes, Writer], tuple[bytes, dict[int, bytes]]]) -> SignerInfo:
        """Hello on a connection; SignerImpostorError when it is not the pinned signer that answers."""
        nonce = secrets.token_bytes(32)
        answer, _ = call(VerbNumber.HELLO, NO_TOKEN, Writer().raw(nonce))
        reader = Reader(answer)
        protocol, version, pid, deployment = reader.byte(), reader.text(), reader.number(), reader.text()
        system, identity, signature = _SYSTEM[reader.byte() % 3], reader.data().hex(), reader.data()
        unlocked = tuple(reader.list(reader.text))
        info = SignerInfo(protocol, version, pid, deployment, system, identity, unlocked, reader.byte() == 1)
        if self._pin is not None and system != "unlocked" and not deployment:
            raise damaged(system)
        if self._pin is not None:
            found = (deployment, identity or self._pin.identity_public)
            if found != (self._pin.deployment, self._pin.identity_public):
                raise impostor(f"deployment {deployment or 'none'}, identity {identity[:16] or 'locked'}", self._pin)
        if identity:
            try:
                _native.verify_hello(nonce, deployment, signature, bytes.fromhex(identity))
            except JinkuError as error:
                raise impostor("an answer that the identity key did not sign", self._pin) from error
        return info

    def hello(self) -> SignerInfo:
        """See the port."""
        return self._connections.greet()

    def init_system(self, deployment: str, secret: SecretFd) -> SystemKeys:
        """See the port."""
        return system_keys(self._call(VerbNumber.INIT_SYSTEM, put_secret(Writer().text(deployment), secret)))

    def unlock_system(self, secret: SecretFd) -> SystemKeys:
        """See the port."""
        keys = system_keys(self._call(VerbNumber.UNLOCK_SYSTEM, put_secret(Writer(), secret)))
        if self._pin is not None and keys.identity_public != self._pin.identity_public:
            raise impostor(f"identity {keys.identity_public[:16]}", self._pin)
        return keys

    def lock(self, vault: str | None = None) -> None:
        """See the port."""
        body = Writer().flag(False) if vault is None else Writer().flag(True).text(vault)
        self._call(VerbNumber.LOCK, body)

    def shutdown(self) -> None:
        """The signer wiped every key, removed its socket and ends."""
        self._call(VerbNumber.SHUTDOWN)
        self.close()

    def create_vault(
        self, spec: VaultSpec, secret: SecretFd, bip39_passphrase: SecretFd | None = None
    ) -> VaultDescription:
        """See the port."""
        body = put_optional_secret(put_secret(put_spec(Writer(), spec), secret), bip39_passphrase)
        return whole_description(self._call(VerbNumber.CREATE_VAULT, body))

    def import_vault(  # noqa: PLR0917  as the port
        self,
        spec: VaultSpec,
        kind: ImportKind,
        material: SecretFd,
        secret: SecretFd,
        material_passphrase: SecretFd | None = None,
        allow_costly_kdf: bool = False,
    ) -> VaultDescription:
        """See the port."""
        body = put_secret(put_spec(Writer(), spec).text(kind.value).fd(material.fd), secret)
        body = put_optional_secret(body, material_passphrase).flag(allow_costly_kdf)
        return whole_description(self._call(VerbNumber.IMPORT_VAULT, body))

    def unlock_vault(self, vault: str, secret: SecretFd, verbs: Sequence[Verb], ttl_seconds: int) -> bytes:
        """See the port."""
        mask = sum(_VERB_BITS[verb] for verb in set(verbs))
        body = put_secret(Writer().text(vault), secret).byte(mask).number(ttl_seconds)
        return self._call(VerbNumber.UNLOCK_VAULT, body).raw(32)

    def describe(self, vault: str) -> VaultDescription:
        """See the port."""
        return whole_description(self._call(VerbNumber.DESCRIBE, Writer().text(vault)))

    def list_vaults(self) -> tuple[VaultDescription, ...]:
        """See the port."""
        reader = self._call(VerbNumber.LIST_VAULTS)
        return tuple(reader.list(lambda: description(reader)))

    def change_passphrase(self, vault: str, old: SecretFd, new: SecretFd) -> None:
        """See the port."""
        self._call(VerbNumber.CHANGE_PASSPHRASE, put_secret(put_secret(Writer().text(vault), old), new))

    def rekey(self, vault: str, secret: SecretFd) -> int:
        """See the port."""
        return self._call(VerbNumber.REKEY, put_secret(Writer().text(vault), secret)).number()

    def derive(self, token: bytes, request: DeriveRequest) -> DerivedBatch:
        """See the port."""
        body = put_range(Writer(), request, request.forms)
        answer, parts = self._connections.call(VerbNumber.DERIVE, token, body, most_bytes(request, request.forms))
        return batch(Reader(answer), parts)

    def recheck(self, token: bytes, vault: str, indexes: Sequence[int]) -> list[list[str]]:
        """See the port."""
        body = Writer().text(vault).number(len(indexes))
        for index in indexes:
            body.long(index)
        reader = self._call(VerbNumber.RECHECK, body, token)
        return reader.list(lambda: reader.list(reader.text))

    def make_wallets(  # noqa: PLR0917  as the port
        self,
        token: bytes,
        request: DeriveRequest,
        forms: Sequence[Form],
        words: int,
        language: str,
        delivery: Delivery,
    ) -> tuple[DerivedBatch, list[SelfWallet]]:
        """See the port. A pipe as ``codes_fd`` has to be drained meanwhile."""
        body = put_range(Writer(), request, forms).byte(words).text(language)
        if delivery.codes_fd >= 0:
            body.flag(True).fd(delivery.codes_fd)
        else:
            body.flag(False).number(len(delivery.recipients))
            for recipient in delivery.recipients:
                body.text(recipient)
        most = most_bytes(request, forms) + request.count * _WALLET_BYTES
        answer, parts = self._connections.call(VerbNumber.MAKE_WALLETS, token, body, most)
        return batch(Reader(answer), parts), wallets(parts)

    def claim(self, code: SecretFd, blob: bytes, out_fd: int, recipient: str = "") -> None:
        """See the port."""
        self._call(VerbNumber.CLAIM, Writer().fd(code.fd).data(blob).fd(out_fd).text(recipient))

    def claim_lookup(self, code: SecretFd) -> bytes:
        """See the port."""
        return self._call(VerbNumber.CLAIM_LOOKUP, Writer().fd(code.fd)).raw(16)

    def export(  # noqa: PLR0917  as the port
        self,
        token: bytes,
        vault: str,
        account_index: int | None,
        format: str,  # noqa: A002  the port's own word
        out_fd: int,
        secret: SecretFd | None = None,
        recipient: str = "",
        form: int | None = None,
    ) -> Exported:
        """See the port."""
        body = Writer().text(vault).flag(account_index is not None)
        if account_index is not None:
            body.long(account_index)
        body.flag(form is not None)
        if form is not None:
            body.number(form)
        body = put_optional_secret(body.text(format).fd(out_fd), secret).text(recipient)
        return exported(self._call(VerbNumber.EXPORT, body, token))

    def create_evidence_key(self, auditor_passphrase: SecretFd) -> str:
        """See the port."""
        return self._call(VerbNumber.CREATE_EVIDENCE_KEY, put_secret(Writer(), auditor_passphrase)).raw(32).hex()

    def seal_evidence(self, subject: str, evidence: bytes) -> SealedEvidence:
        """See the port."""
        reader = self._call(VerbNumber.SEAL_EVIDENCE, Writer().text(subject).data(evidence))
        return SealedEvidence(reader.data(), reader.data(), reader.data())

    def open_evidence(self, auditor_passphrase: SecretFd, subject: str, sealed: SealedEvidence, out_fd: int) -> None:
        """See the port."""
        body = put_secret(Writer(), auditor_passphrase).text(subject)
        body.data(sealed.ciphertext).data(sealed.sealed_key).data(sealed.commitment).fd(out_fd)
        self._call(VerbNumber.OPEN_EVIDENCE, body)

    def log_head(self, ended: bool = False) -> tuple[int, bytes] | None:
        """See the port."""
        reader = self._call(VerbNumber.LOG_HEAD)
        state = reader.byte()
        head = (reader.long(), reader.raw(32)) if state else None
        if state == 2 and not ended:
            raise unopened()
        return head

    def begun_origin(self) -> BegunOrigin | None:
        """See the port."""
        reader = self._call(VerbNumber.LOG_HEAD)
        if reader.byte():
            reader.raw(40)  # the last head itself
        return BegunOrigin(reader.text(), reader.long(), reader.raw(32)) if reader.byte() else None

    def sign_checkpoint(self, size: int, root: bytes, proof: Sequence[bytes]) -> tuple[str, ...]:
        """See the port."""
        body = Writer().long(size).raw(root).number(len(proof)).raw(b"".join(proof))
        reader = self._call(VerbNumber.SIGN_CHECKPOINT, body)
        return tuple(reader.list(reader.text))

    def trust_root(self) -> bytes:
        """See the port."""
        return self._call(VerbNumber.TRUST_ROOT).data()

    def begin_trust(self, created_at_ms: int) -> bytes:
        """See the port."""
        return self._call(VerbNumber.BEGIN_TRUST, Writer().long(created_at_ms)).data()

    def sign_trust_root(self, secret: SecretFd, document: bytes) -> tuple[bytes, bytes]:
        """See the port."""
        reader = self._call(VerbNumber.SIGN_TRUST_ROOT, put_secret(Writer(), secret).data(document))
        return reader.raw(32), reader.raw(64)

    def accept_trust_root(self, signed: bytes) -> None:
        """See the port."""
        self._call(VerbNumber.ACCEPT_TRUST_ROOT, Writer().data(signed))

    def anchor_address(self) -> bytes:
        """See the port."""
        return self._call(VerbNumber.ANCHOR_ADDRESS).raw(20)

    def sign_anchor(
        self, chain_id: int, nonce: int, gas: int, max_fee_wei: int, priority_fee_wei: int
    ) -> tuple[int, bytes, bytes]:
        """See the port."""
        body = Writer().long(chain_id).long(nonce).long(gas).long(max_fee_wei).long(priority_fee_wei)
        reader = self._call(VerbNumber.SIGN_ANCHOR, body)
        return reader.long(), reader.raw(32), reader.data()

    def open_origin(self, secret: SecretFd, signed: bytes, left: TreeLeft) -> OpenedOrigin:
        """See the port."""
        body = put_secret(Writer(), secret).data(signed).long(left.size).raw(left.root).data(left.note)
        body.number(len(left.proof)).raw(b"".join(left.proof)).flag(left.given_up)
        reader = self._call(VerbNumber.OPEN_ORIGIN, body)
        trust = reader.data()
        return OpenedOrigin(trust, reader.data(), reader.raw(64)) if reader.byte() == 1 else OpenedOrigin(trust)

    def resume_origin(self, statement: bytes, signature: bytes) -> None:
        """See the port."""
        self._call(VerbNumber.RESUME_ORIGIN, Writer().data(statement).raw(signature))

    def close(self) -> None:
        """Every connection is closed; the signer itself lives on."""
        self._connections.close()
