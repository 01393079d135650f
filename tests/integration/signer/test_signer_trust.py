"""The trust root in the real signer: it makes the first, signs a next, and believes what enough admins signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signer_house import HOME_PASS, TS_MS, House, new_id, secret

from jinku import _native
from jinku.core import JinkuError, canonical_bytes
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import SignerInputError, SignerRefusedError, VaultIntegrityError, WrongSecretError

FROZEN = Path(__file__).parents[2] / "snapshots" / "journal" / "trust-root-1.json"
FAR = 4_000_000_000_000
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = OTHER.public_key().public_bytes_raw()


def document(signed: bytes) -> dict[str, Any]:
    return dict(json.loads(signed)["root"])


def following(root: dict[str, Any], **changes: Any) -> bytes:
    return canonical_bytes({**root, "version": root["version"] + 1, **changes})


def admin(name: str, public: bytes) -> dict[str, Any]:
    more = {"algorithm": "ed25519", "not_after": None, "passkey": None, "roles": ["admin"]}
    return {**more, "name": name, "public": public.hex()}


def own(signer: SocketSigner, next_root: bytes) -> tuple[bytes, bytes]:
    return signer.sign_trust_root(secret(HOME_PASS), next_root)


def others(next_root: bytes) -> tuple[bytes, bytes]:
    return PUBLIC, OTHER.sign(_native.trust_root_digest(next_root))


def code_of(error: type[JinkuError], call: Any) -> str:
    with pytest.raises(error) as refused:
        call()
    return refused.value.code


def test_the_first_is_the_signers_own_and_made_once(signer: SocketSigner) -> None:
    keys = signer.unlock_system(secret(HOME_PASS))
    assert signer.trust_root() == b""
    first = signer.begin_trust(TS_MS)
    text, _, _, dev = _native.open_trust_root(first, FAR, first=True)  # signed by the threshold of itself
    root = json.loads(text)
    assert dev
    assert (root["deployment"], root["version"], root["created_at"]) == (keys.deployment, 1, str(TS_MS))
    assert [key["public"] for key in root["keys"]] == [keys.actor_public]
    assert root["journal"]["origin"] == f"{keys.deployment}.jinku"
    assert signer.begin_trust(TS_MS + 5) == first == signer.trust_root()


def test_a_next_version_is_signed_with_the_homes_secret_and_outlives_the_process(house: House) -> None:
    signer = house.ready()
    first = signer.begin_trust(TS_MS)
    second = following(document(first), not_after=str(FAR))
    wrong = code_of(WrongSecretError, lambda: signer.sign_trust_root(secret(b"another passphrase"), second))
    assert wrong == "envelope.wrong_secret"
    signed = _native.make_trust_root(second, [own(signer, second)])
    _native.check_next_trust_root(first, signed, TS_MS)
    signer.accept_trust_root(signed)
    signer.accept_trust_root(signed)  # again: nothing changes
    assert signer.trust_root() == signed
    house.kill()
    signer = house.signer()
    assert code_of(SignerRefusedError, signer.trust_root) == "system.locked"
    signer.unlock_system(secret(HOME_PASS))
    assert signer.trust_root() == signed == signer.begin_trust(TS_MS)
    assert code_of(VaultIntegrityError, lambda: signer.accept_trust_root(first)) == "trust.version"  # no step back


@pytest.mark.parametrize(
    ("change", "code"),
    [({"version": 3}, "trust.version"), ({"version": 1, "not_after": str(FAR)}, "trust.version"),
     ({"deployment": None}, "trust.version"), ({"created_at": "1"}, "trust.version"),
     ({"journal": None}, "trust.journal"), ({"quorum": 1}, "trust.malformed"),
     ({"more": 1}, "trust.malformed"), ({"keys": [admin("b", PUBLIC)], "version": 7}, "trust.version")],
)  # fmt: skip
def test_what_is_not_the_next_version_is_neither_signed_nor_believed(
    signer: SocketSigner, change: dict[str, Any], code: str
) -> None:
    first = signer.begin_trust(TS_MS)
    root = document(first)
    made = {"deployment": new_id(), "journal": document(FROZEN.read_bytes())["journal"]}
    change = {name: made.get(name) if value is None else value for name, value in change.items()}
    wrong = following(root, **change)
    assert code_of(JinkuError, lambda: own(signer, wrong)) == code
    envelope = canonical_bytes({"root": json.loads(wrong), "signatures": [], "v": 1})
    assert code_of(JinkuError, lambda: signer.accept_trust_root(envelope)).startswith("trust.")
    assert signer.trust_root() == first


def test_thresholds_of_both_versions_have_to_be_met(signer: SocketSigner) -> None:
    first = signer.begin_trust(TS_MS)
    root = document(first)
    two = following(root, admin_threshold=2, keys=[*root["keys"], admin("bob", PUBLIC)])
    mine, bobs = own(signer, two), others(two)
    forged = (PUBLIC, bytes(64))
    for signatures, code in (
        ([mine], "unsigned"),
        ([bobs], "unsigned"),
        ([], "unsigned"),
        ([mine, forged], "signature_invalid"),
    ):
        short = _native.make_trust_root(two, signatures)
        assert code_of(VaultIntegrityError, lambda short=short: signer.accept_trust_root(short)) == f"trust.{code}"  # type: ignore[misc]
    assert signer.trust_root() == first
    signer.accept_trust_root(_native.make_trust_root(two, [mine, bobs]))
    alone = following(json.loads(two), admin_threshold=1, keys=[admin("bob", PUBLIC)])
    one_of_two = _native.make_trust_root(alone, [others(alone)])
    assert code_of(VaultIntegrityError, lambda: signer.accept_trust_root(one_of_two)) == "trust.unsigned"
    signer.accept_trust_root(_native.make_trust_root(alone, [others(alone), own(signer, alone)]))
    after = following(json.loads(alone))
    assert code_of(SignerRefusedError, lambda: own(signer, after)) == "trust.no_admin"  # the actor is no admin any more


def test_a_changed_pin_stops_everything(house: House) -> None:
    signer = house.ready()
    first = signer.begin_trust(TS_MS)
    path = house.home / "signer" / "trust.root"
    assert path.stat().st_mode & 0o777 == 0o600
    good = path.read_bytes()
    assert good[64:] == first
    for bad in (good[:-1], b"", bytes(64) + first, good[:64] + first.replace(b'"created_at":"1', b'"created_at":"2')):
        path.write_bytes(bad)
        for call in (signer.trust_root, lambda: signer.begin_trust(TS_MS), lambda: signer.accept_trust_root(first)):
            assert code_of(VaultIntegrityError, call) == "trust.damaged"
    path.write_bytes(good)
    assert signer.trust_root() == first


def test_before_the_first_nothing_is_signed_or_believed(signer: SocketSigner) -> None:
    assert code_of(SignerRefusedError, lambda: own(signer, b"{}")) == "trust.absent"
    assert code_of(SignerInputError, lambda: signer.accept_trust_root(b"{}")) == "trust.malformed"
