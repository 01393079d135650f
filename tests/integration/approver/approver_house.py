"""A device of the shipped jinku-approver, the deployment that asks it, and a person at its terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jinku import _native
from jinku.core import (
    AccountId,
    ApprovalRequest,
    AssetId,
    Bounds,
    Id,
    Intent,
    IntentKind,
    Json,
    SystemClock,
    canonical_bytes,
    domain_digest,
)
from jinku.journal.pinned import fingerprint_words
from jinku.ops.approver_binary import approver_binary

PASSPHRASE = "a passphrase of the device"
POLICY = "aa" * 32
DEPLOYMENT = Id.parse("018bcfe5-6800-7000-8000-0000000000d1")
SECONDS = 120.0  # a machine under load is late; only what never comes is a failure


def key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def _public(seed: int) -> str:
    return key(seed).public_key().public_bytes_raw().hex()


@dataclass(frozen=True)
class Asking:
    """A deployment: boss signs its trust root, desk asks, and the device of anna answers."""

    approver: str
    deployment: Id = DEPLOYMENT

    def _root(self) -> Json:
        def person(name: str, public: str, role: str) -> Json:
            row = {"algorithm": "ed25519", "name": name, "not_after": None, "passkey": None, "public": public}
            return {**row, "roles": [role]}

        origin = "example.com/log"
        log = _native.make_vkey(origin, "ed25519", bytes.fromhex(_public(3)))
        return {
            "admin_threshold": 1,
            "created_at": "1700000000000",
            "deployment": str(self.deployment),
            "groups": [],
            "journal": {"keys": [log], "origin": origin},
            "keys": [
                person("anna", self.approver, "approver"),
                person("boss", _public(1), "admin"),
                person("desk", _public(2), "initiator"),
            ],
            "not_after": None,
            "policy_digest": POLICY,
            "quorum": 0,
            "v": 1,
            "version": 1,
            "witnesses": [],
        }

    @property
    def digest(self) -> bytes:
        return domain_digest("jinku/trust-root/1", canonical_bytes(self._root()))

    @property
    def signed_root(self) -> bytes:
        signature = key(1).sign(self.digest).hex()
        signatures: list[Json] = [{"public": _public(1), "signature": signature}]
        return canonical_bytes({"root": self._root(), "signatures": signatures, "v": 1})

    def intent(self) -> Intent:
        now = SystemClock().now_ms()
        return Intent(
            id=Id.parse("018bcfe5-6801-7abc-8def-0123456789ab"),
            deployment=self.deployment,
            kind=IntentKind.TRANSFER,
            vault=Id.parse("018bcfe5-6800-7000-8000-0000000000a1"),
            source=AccountId.parse("eip155:1:0x9858effd232b4033e47d90003d41ec34ecaeda94"),
            destination=AccountId.parse("eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0"),
            asset=AssetId.parse("eip155:1/slip44:60"),
            amount=15 * 10**17,
            bounds=Bounds(max_fee=10**15, valid_until_ms=now + 3_600_000, replaceable=True),
            initiator="desk",
            reason_commitment=None,
            idempotency_key="order-4711/1",
            created_at_ms=now,
        )

    def request(self, told: str = "above the daily limit") -> ApprovalRequest:
        intent = self.intent()
        return ApprovalRequest(
            intent=intent,
            signature=key(2).sign(intent.digest()),
            policy_digest=POLICY,
            trust_root=self.digest.hex(),
            told=(("policy.limit", told),),
        )

    def altered(self) -> ApprovalRequest:
        """A request whose destination somebody changed on the way."""
        request = self.request()
        other = AccountId.parse("eip155:1:0x00000000000000000000000000000000000000aa")
        return replace(request, intent=replace(request.intent, destination=other))


def first_two(digest: bytes) -> bytes:
    """What a person types back."""
    return " ".join(fingerprint_words(digest).split("-")[:2]).encode()


@dataclass(frozen=True)
class Seen:
    """What a person saw, how it ended, and which limits the process had while it asked."""

    screen: bytes
    status: int
    limits: str


@dataclass(frozen=True)
class Device:
    """The folder of a device."""

    dir: Path

    def run(self, *words: str | Path, secret: str = "") -> subprocess.CompletedProcess[str]:
        """The program as a script calls it; the secret stands on descriptor 0."""
        line = [str(approver_binary()), *map(str, words), "--dir", str(self.dir)]
        return subprocess.run(line, input=secret, capture_output=True, text=True, check=False, timeout=SECONDS)

    def at_terminal(self, words: list[str | Path], *typed: tuple[bytes, bytes]) -> Seen:
        """The program as a person calls it; each pair is a prompt, and what is typed after it."""
        with ExitStack() as left:
            pid, terminal = pty.fork()
            if pid == 0:
                line = ["jinku-approver", *map(str, words), "--dir", str(self.dir)]
                os.execv(approver_binary(), line)
            left.callback(os.close, terminal)
            ended: list[int] = []
            left.callback(_end, pid, ended)
            screen, at, limits = b"", 0, ""
            for prompt, answer in typed:
                screen = _until(terminal, screen, at, prompt)
                at = screen.rindex(prompt) + len(prompt)
                limits = Path(f"/proc/{pid}/limits").read_text()
                os.write(terminal, answer + b"\n")
            screen = _to_the_end(terminal, screen)
            ended.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            return Seen(screen, ended[0], limits)


def _end(pid: int, ended: list[int]) -> None:
    if not ended:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _piece(terminal: int, screen: bytes) -> bytes:
    """What comes next; nothing once the other side is closed."""
    assert select.select([terminal], [], [], SECONDS)[0], f"nothing more comes; on the screen: {screen!r}"
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def _until(terminal: int, screen: bytes, at: int, prompt: bytes) -> bytes:
    while prompt not in screen[at:]:
        piece = _piece(terminal, screen)
        assert piece, f"it ended without {prompt!r}; on the screen: {screen!r}"
        screen += piece
    return screen


def _to_the_end(terminal: int, screen: bytes) -> bytes:
    while piece := _piece(terminal, screen):
        screen += piece
    return screen
