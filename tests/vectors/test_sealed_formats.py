"""Sealed files open by docs/reference/formats.md alone: a second implementation, which shares no code with Rust's."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

DATA = Path(__file__).parents[2] / "crates" / "envelope" / "tests" / "data"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def hkdf(ikm: bytes, info: bytes, salt: bytes = b"", length: int = 32) -> bytes:
    """One block of RFC 5869 with SHA-256."""
    return expand(extract(salt, ikm), info, length)


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    return hmac.digest(key, info + b"\x01", "sha256")[:length]


def subkey(key: bytes, purpose: str, owner: str) -> bytes:
    return hkdf(key, f"jinku/v1/{purpose}/{owner}".encode())


def quarter(state: list[int], a: int, b: int, c: int, d: int) -> None:
    for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[x] = (state[x] + state[y]) & 0xFFFFFFFF
        mixed = state[z] ^ state[x]
        state[z] = ((mixed << turn) | (mixed >> (32 - turn))) & 0xFFFFFFFF


def hchacha20(key: bytes, nonce: bytes) -> bytes:
    """The subkey of draft-irtf-cfrg-xchacha-03, section 2.2."""
    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))
    columns = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15))
    diagonals = ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
    for _ in range(10):
        for group in columns + diagonals:
            quarter(state, *group)
    return struct.pack("<8I", *state[:4], *state[12:])


def unseal(key: bytes, place: bytes, sealed: bytes) -> bytes:
    nonce, rest = sealed[:24], sealed[24:]
    return ChaCha20Poly1305(hchacha20(key, nonce[:16])).decrypt(bytes(4) + nonce[16:], rest, place)


def place_of(form: str, owner: str, record: str, version: int) -> bytes:
    fields = b"".join(struct.pack(">I", len(f.encode())) + f.encode() for f in (form, owner, record))
    return fields + struct.pack(">I", version)


def read_file(raw: bytes) -> dict[str, Any]:
    """The JSON of a sealed file whose checksum holds."""
    body, _, line = raw.rpartition(b"\nsha256:")
    assert line == hashlib.sha256(body).hexdigest().encode() + b"\n"
    found: dict[str, Any] = json.loads(body)
    assert json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == body
    return found


def argon2id(passphrase: bytes, salt: str, kdf: dict[str, int]) -> bytes:
    costs = Argon2id(salt=bytes.fromhex(salt), length=32, iterations=kdf["t"], lanes=kdf["p"], memory_cost=kdf["m_kib"])
    return costs.derive(passphrase)


def test_a_vault_opens_and_its_mac_covers_every_member() -> None:
    vault = read_file((DATA / "jinku-vault-1.vault").read_bytes())
    head, wrap = vault["header"], vault["wrap"]
    owner, version = head["vault"], head["key_version"]
    kek = argon2id(b"correct horse battery staple", wrap["salt"], wrap["kdf"])
    data_key = unseal(kek, place_of(vault["format"], owner, "data-key", version), bytes.fromhex(wrap["data_key"]))

    plain = json.dumps({**vault, "mac": ""}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert hmac.digest(subkey(data_key, "vault-mac", owner), plain, "sha256").hex() == vault["mac"]

    sealed = bytes.fromhex(vault["records"]["seed"])
    record_key = subkey(data_key, "record", owner)
    place = place_of(vault["format"], owner, "seed", version)
    assert unseal(record_key, place, sealed) == b"sixteen+sixteen bytes of entropy"
    with pytest.raises(InvalidTag):
        unseal(record_key, place_of(vault["format"], owner, "xpub", version), sealed)
    wrong = argon2id(b"another passphrase", wrap["salt"], wrap["kdf"])
    with pytest.raises(InvalidTag):
        unseal(wrong, place_of(vault["format"], owner, "data-key", version), bytes.fromhex(wrap["data_key"]))


def hpke_open(private: bytes, info: bytes, aad: bytes, sealed: bytes) -> bytes:
    """RFC 9180 base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, first message."""
    kem, suite, version = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03", b"HPKE-v1"
    key = X25519PrivateKey.from_private_bytes(private)
    enc, rest = sealed[:32], sealed[32:]
    shared = key.exchange(X25519PublicKey.from_public_bytes(enc))
    prk = extract(b"", version + kem + b"eae_prk" + shared)
    context = enc + key.public_key().public_bytes_raw()
    secret = expand(prk, b"\x00\x20" + version + kem + b"shared_secret" + context, 32)
    hashes = (extract(b"", version + suite + b"psk_id_hash"), extract(b"", version + suite + b"info_hash" + info))
    schedule = b"\x00" + b"".join(hashes)
    prk = extract(secret, version + suite + b"secret")
    message_key = expand(prk, b"\x00\x20" + version + suite + b"key" + schedule, 32)
    nonce = expand(prk, b"\x00\x0c" + version + suite + b"base_nonce" + schedule, 12)
    return ChaCha20Poly1305(message_key).decrypt(nonce, rest, aad)


def frozen() -> list[str]:
    return (DATA / "sealed-1.txt").read_text(encoding="ascii").splitlines()


def test_evidence_opens_for_the_auditor_and_meets_its_commitment() -> None:
    key_file, ciphertext, sealed_key, commitment = frozen()[:4]
    key = read_file(bytes.fromhex(key_file))
    place = place_of(key["format"], key["public"], "private", 1)
    kek = argon2id(b"auditor's words", key["salt"], key["kdf"])
    private = unseal(kek, place, bytes.fromhex(key["sealed"]))
    assert X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw().hex() == key["public"]

    subject, place = "chunk-7", place_of("jinku-evidence/1", "chunk-7", "evidence", 1)
    info = f"jinku/v1/evidence-key/{subject}".encode()
    subject_key = hpke_open(private, info, place, bytes.fromhex(sealed_key))
    text = unseal(subkey(subject_key, "evidence-data", subject), place, bytes.fromhex(ciphertext))
    assert json.loads(text) == {"ip": "203.0.113.7", "kyc": "K-1"}
    assert hmac.digest(subkey(subject_key, "evidence-commitment", subject), text, "sha256").hex() == commitment
    with pytest.raises(InvalidTag):
        hpke_open(private, b"jinku/v1/evidence-key/chunk-8", place, bytes.fromhex(sealed_key))


def product(a: int, b: int) -> int:
    """Product in GF(32), modulus x^5 + x^2 + 1."""
    total = 0
    for bit in range(5):
        total ^= (a << bit) * (b >> bit & 1)
    for bit in range(9, 4, -1):
        total ^= (0b100101 << (bit - 5)) * (total >> bit & 1)
    return total


def test_a_claim_code_is_a_code_word_and_opens_its_blob() -> None:
    code, lookup, blob = frozen()[4:]
    values = [ALPHABET.index(c) for c in code.replace("-", "")]
    assert len(values) == 28
    for root in (2, 4):
        total = 0
        for value in values:
            total = product(total, root) ^ value
        assert total == 0, f"the polynomial is zero at {root}"
    secret = bytes(values[:26])
    assert subkey(secret, "claim-lookup", "1")[:16].hex() == lookup
    place = place_of("jinku-claim/1", lookup, "wallet", 1)
    assert unseal(subkey(secret, "claim-blob", "1"), place, bytes.fromhex(blob)) == b"abandon ability able"
    with pytest.raises(InvalidTag):
        unseal(subkey(secret[::-1], "claim-blob", "1"), place, bytes.fromhex(blob))
