"""Commitments under a subject's key, and the one form of a bundle."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from jinku.core import canonical_bytes
from jinku.privacy import BundleRefusedError, KeyBundle, SubjectKey

HOME = "018bcfe5-6800-7000-8000-00000000abcd"
KEY = SubjectKey(bytes(range(32)))


def test_a_commitment_is_an_hmac_as_the_guide_says() -> None:
    value = {"key": "order-7", "owner": "acme", "recipients": ""}
    text = json.dumps({"kind": "accounts.job_created", "record": "job-1", "value": value}, separators=(",", ":"))
    expected = hmac.new(bytes(range(32)), b"jinku/commitment/1\x00" + text.encode(), hashlib.sha256).hexdigest()
    assert KEY.commit("accounts.job_created", "job-1", dict(value)) == expected
    assert KEY.mark == hmac.new(bytes(range(32)), b"jinku/subject-mark/1", hashlib.sha256).digest()


@pytest.mark.parametrize(
    ("kind", "record", "owner"), [("other", "job-1", "acme"), ("made", "job-2", "acme"), ("made", "job-1", "acne")]
)
def test_anything_else_has_another_commitment(kind: str, record: str, owner: str) -> None:
    said = KEY.commit("made", "job-1", {"owner": "acme"})
    assert KEY.commit(kind, record, {"owner": owner}) != said
    assert SubjectKey.random().commit("made", "job-1", {"owner": "acme"}) != said


def test_a_key_does_not_show_itself() -> None:
    key = SubjectKey.random()
    assert key.expose_bytes().hex() not in f"{key!r} {key}"
    assert key.expose_bytes() not in repr(key).encode()
    with pytest.raises(ValueError, match="32 bytes"):
        SubjectKey(b"short")


def bundle() -> KeyBundle:
    return KeyBundle(HOME, 5, {KEY.mark: KEY.expose_bytes()}, [bytes(32)], [("job-1", ""), ("job-1", "account/2")])


def test_a_bundle_reads_back() -> None:
    data = bundle().to_bytes()
    found = KeyBundle.read(data, HOME)
    assert found.to_bytes() == data
    assert (dict(found.keys), list(found.erased)) == ({KEY.mark: KEY.expose_bytes()}, [bytes(32)])
    assert list(found.records) == [("job-1", ""), ("job-1", "account/2")]


def changed(**fields: object) -> bytes:
    return canonical_bytes({**json.loads(bundle().to_bytes()), **fields}) + b"\n"  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]\n",
        b"\xff",
        bundle().to_bytes().removesuffix(b"\n"),
        b" " + bundle().to_bytes(),
        changed(v=2),
        changed(format="jinku/subject-keys/2"),
        changed(more=1),
        changed(deployment="another"),
        changed(keys=[{"key": "00" * 32, "mark": KEY.mark.hex()}]),
        changed(keys=[{"key": "00", "mark": KEY.mark.hex()}]),
        changed(erased=[KEY.mark.hex()]),
        changed(erased=["zz"]),
        changed(keys=5),
        changed(records=[{"record": "x"}]),
    ],
)
def test_any_other_form_is_refused(data: bytes) -> None:
    with pytest.raises(BundleRefusedError, match="no bundle of subject keys"):
        KeyBundle.read(data, HOME)
