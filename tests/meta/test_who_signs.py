"""One path leads to a signature of a vault's key: whoever calls a key to sign, or takes one out, stands here."""

from __future__ import annotations

import re
from pathlib import Path

from jinku.custody.adapters.wire import VerbNumber

SIGNER = Path(__file__).parents[2] / "crates" / "signer" / "src"
SIGNS = re.compile(r"\.sign\(|\b(?:k1|r1|schnorr|ed25519)::sign\w*\(|sign_deterministic")
OWN_KEYS = {
    "anchor.rs": "a transaction to itself that carries the log's last head",
    "slot_key.rs": "heads of the slot log",
    "system.rs": "statements that the signer wrote, heads of its log, trust roots that it read",
}
VAULT_KEYS = {
    "signing.rs": "payloads of an appraised plan",
    "signing_key.rs": "those payloads, by each family's algorithm",
}
SIGNED_ANSWERS = {
    VerbNumber.HELLO: "identity",
    VerbNumber.DERIVE: "identity",
    VerbNumber.MAKE_WALLETS: "identity",
    VerbNumber.BEGIN_TRUST: "actor",
    VerbNumber.SIGN_TRUST_ROOT: "actor",
    VerbNumber.OPEN_ORIGIN: "actor, log",
    VerbNumber.SIGN_CHECKPOINT: "log",
    VerbNumber.SIGN_ANCHOR: "anchor",
    VerbNumber.SLOT_HEAD: "slots",
    VerbNumber.SIGN: "slots, vault",
}
"""Verbs whose answers hold a signature, and whose key made it."""


def sources() -> dict[str, str]:
    """What is compiled into the signer, without tests and comments."""
    found = {}
    for path in sorted(SIGNER.rglob("*.rs")):
        name = path.relative_to(SIGNER).as_posix()
        if name.endswith("tests.rs"):
            continue
        text = path.read_text().partition("#[cfg(test)]\nmod tests")[0]
        found[name] = re.sub(r"//.*", "", text)
    return found


def naming(pattern: str) -> set[str]:
    return {name for name, text in sources().items() if re.search(pattern, text)}


def test_whoever_signs_stands_here() -> None:
    found = {name for name, text in sources().items() if SIGNS.search(text)}
    found -= {"verbs/sign.rs", "wire/parse/sign.rs"}  # the verb of that name
    assert found == OWN_KEYS.keys() | VAULT_KEYS.keys()


def test_a_vaults_key_is_taken_by_export_and_sign_alone() -> None:
    assert naming(r"\.private_key\(") == {"keys.rs", "verbs/export.rs", "signing_key.rs"}
    assert naming(r"\bSigningKey::find\b") == {"signing.rs"}
    assert naming(r"\bDesk\b") == {"signing.rs", "verbs/sign.rs"}
    assert naming(r"\bsign::run\b") == {"verbs/mod.rs"}


def test_the_one_call_to_the_vaults_keys_stands_behind_the_appraisal() -> None:
    text = sources()["signing.rs"]
    order = [
        "fn sign(",
        "self.appraised(",
        "SigningKey::find(",
        "limits.check(",
        "log.give(",
        "log.covers(",
        "= signatures(",
    ]
    places = [text.index(step) for step in order]
    assert places == sorted(places)
    assert text.count("signatures(&ready, &signers)") == 1
    assert naming(r"VerbMask::SIGN\b") == {"verbs/sign.rs"}


def test_no_other_verb_answers_with_a_vaults_signature() -> None:
    assert [verb for verb, key in SIGNED_ANSWERS.items() if "vault" in key] == [VerbNumber.SIGN]
    page = (SIGNER.parents[2] / "docs" / "reference" / "signer-protocol.md").read_text()
    rows = re.findall(r"^\| ([0-9a-f]{2}) (\w+) \|(.*)\|$", page, re.MULTILINE)
    assert {int(number, 16) for number, _, _ in rows} == set(VerbNumber)
    signed = {
        VerbNumber(int(number, 16)) for number, _, row in rows if re.search(r"signature|signed|batch|transaction", row)
    }
    silent = signed - SIGNED_ANSWERS.keys()
    assert silent == {
        VerbNumber.LOG_HEAD,
        VerbNumber.TRUST_ROOT,
        VerbNumber.ACCEPT_TRUST_ROOT,
        VerbNumber.RESUME_ORIGIN,
    }
