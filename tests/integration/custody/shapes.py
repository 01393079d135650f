"""Forms, secrets behind pipes, and addresses that nobody can spend from."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jinku.custody.ports import Form, SecretFd

__all__ = ["EVM", "SEVEN", "fake_address", "identity_key", "read_all", "secret"]

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
