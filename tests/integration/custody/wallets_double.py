"""Self-mode wallets, claims and evidence of the signer's double."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence

from pure_prover import PureProver
from shapes import fake_address, read_all

from jinku.accounts.types import Mode
from jinku.core import Id
from jinku.custody import WrongSecretError
from jinku.custody.errors import SignerUnavailableError
from jinku.custody.ports import (
    BegunOrigin,
    Delivery,
    DerivedBatch,
    DeriveRequest,
    Form,
    OpenedOrigin,
    SealedEvidence,
    SecretFd,
    SelfWallet,
    TreeLeft,
)

__all__ = ["WalletsDouble"]


class WalletsDouble:
    """The part of the double that makes wallets; the rest of it is ``SignerDouble``."""

    prover: PureProver

    def _called(self, verb: str) -> None:
        raise NotImplementedError

    def _authorised(self, token: bytes, vault: str) -> None:
        raise NotImplementedError

    def _batch(
        self, request: DeriveRequest, mode: Mode, columns: list[list[str]], forms: tuple[Form, ...]
    ) -> DerivedBatch:
        raise NotImplementedError

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

    def log_head(self, ended: bool = False) -> tuple[int, bytes] | None:
        self._called("log_head")
        return None

    def begun_origin(self) -> BegunOrigin | None:
        self._called("begun_origin")
        return None

    def sign_checkpoint(self, size: int, root: bytes, proof: Sequence[bytes]) -> tuple[str, ...]:
        self._called("sign_checkpoint")
        raise SignerUnavailableError("the double has no log keys", found=size)

    def trust_root(self) -> bytes:
        self._called("trust_root")
        return b""

    def begin_trust(self, created_at_ms: int) -> bytes:
        self._called("begin_trust")
        raise SignerUnavailableError("the double has no trust root", found=created_at_ms)

    def sign_trust_root(self, secret: SecretFd, document: bytes) -> tuple[bytes, bytes]:
        self._called("sign_trust_root")
        raise SignerUnavailableError("the double has no trust root", found=len(document))

    def accept_trust_root(self, signed: bytes) -> None:
        self._called("accept_trust_root")
        raise SignerUnavailableError("the double has no trust root", found=len(signed))

    def anchor_address(self) -> bytes:
        self._called("anchor_address")
        raise SignerUnavailableError("the double has no anchor key")

    def sign_anchor(
        self, chain_id: int, nonce: int, gas: int, max_fee_wei: int, priority_fee_wei: int
    ) -> tuple[int, bytes, bytes]:
        self._called("sign_anchor")
        raise SignerUnavailableError("the double has no anchor key", found=chain_id)

    def open_origin(self, secret: SecretFd, signed: bytes, left: TreeLeft) -> OpenedOrigin:
        self._called("open_origin")
        raise SignerUnavailableError("the double has no trust root", found=len(signed))

    def resume_origin(self, statement: bytes, signature: bytes) -> None:
        self._called("resume_origin")
        raise SignerUnavailableError("the double has no trust root", found=len(statement + signature))

    def seal_evidence(self, subject: str, evidence: bytes) -> SealedEvidence:
        self._called("seal_evidence")
        key = secrets.token_bytes(32)
        stream = hashlib.shake_256(key).digest(len(evidence))
        sealed = bytes(a ^ b for a, b in zip(evidence, stream, strict=True))
        return SealedEvidence(sealed, key[::-1], hmac.digest(key, subject.encode() + evidence, "sha256"))
