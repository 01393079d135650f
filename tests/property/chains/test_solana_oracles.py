"""The Solana codec against solders: the same bytes, the same signature, every effect named."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solana_terms import CHAIN, MEMO, OURS, an_intent, compiled, compiled_again, draft, theirs
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction import Transaction, VersionedTransaction

from jinku import _native
from jinku.core import IntegrityError, Intent, ParseError, Plan, SolanaDetail, SolanaToken, SolanaVersion, TokenProgram

# No program begins like this.
keys = st.binary(min_size=32, max_size=32).map(lambda raw: Pubkey(b"\x99" + raw[1:]))
hashes = st.binary(min_size=32, max_size=32).map(Hash)
wallets = st.binary(min_size=32, max_size=32).map(lambda seed: Keypair.from_seed(seed).pubkey())


@st.composite
def cases(draw: st.DrawFn) -> tuple[Intent, SolanaDetail]:
    program = draw(st.none() | st.sampled_from(sorted(TokenProgram)))
    mint = None if program is None else draw(keys)
    to = draw(wallets if program else wallets | keys)
    detail = SolanaDetail(
        version=draw(st.sampled_from(sorted(SolanaVersion))),
        compute_limit=draw(st.integers(1, 1_400_000)),
        compute_price=draw(st.integers(0, 10**12)),
        nonce_account=draw(st.none() | keys.map(str)),
        token=None if program is None else SolanaToken(program, draw(st.integers(0, 255))),
    )
    return an_intent(to, draw(st.integers(1, 2**64 - 1)), mint), detail


@given(cases(), hashes)
@settings(max_examples=150, deadline=None)
def test_what_is_signed_is_what_solders_signs(case: tuple[Intent, SolanaDetail], anchor: Hash) -> None:
    intent, detail = case
    plan = _native.complete_plan(intent.to_canonical(), draft(intent, detail, anchor).to_canonical())
    account, unsigned, effects = _native.check_plan(intent.to_canonical(), plan)
    assert (account, unsigned) == (str(intent.source), theirs(intent, detail, anchor))
    asked = json.loads(_native.asked_effects(intent.to_canonical()))
    asked["fee"]["most"] = str(detail.max_fee)
    assert json.loads(effects) == asked

    [(signer, curve, digest)] = _native.transaction_payloads(account, unsigned)
    assert (signer, curve, digest) == (account, "ed25519", hashlib.sha256(unsigned).digest())
    assert Plan.from_canonical(plan).payloads[0].digest == digest.hex()
    signature = OURS.sign_message(unsigned)
    sent, name = _native.attach_signatures(account, unsigned, [(bytes(signature), None)])
    assert name == str(signature)
    read = (Transaction if detail.version is SolanaVersion.LEGACY else VersionedTransaction).from_bytes(sent)
    assert bytes(read) == sent
    assert read.verify_with_results() == [True]
    assert _native.open_transaction(CHAIN, sent) == (account, unsigned, name)
    with pytest.raises(IntegrityError) as caught:
        _native.attach_signatures(account, unsigned, [(bytes(Keypair().sign_message(unsigned)), None)])
    assert caught.value.code == "tx.signature"


@given(st.lists(st.tuples(keys, st.booleans(), st.booleans()), max_size=5), st.binary(max_size=40), keys)
@settings(max_examples=50, deadline=None)
def test_calls_of_unknown_programs_are_refused(
    rows: list[tuple[Pubkey, bool, bool]], data: bytes, program: Pubkey
) -> None:
    metas = [AccountMeta(key, is_signer=False, is_writable=writes) for key, _, writes in rows]
    payer = OURS.pubkey()
    steps = [Instruction(program, data, metas)]
    message = compiled(steps, Hash.default())
    with pytest.raises(ParseError) as caught:
        _native.transaction_effects(f"{CHAIN}:{payer}", message)
    assert caught.value.code == "tx.unsupported"


def test_a_memo_of_solders_is_a_note() -> None:
    payer = OURS.pubkey()

    def memo(text: str) -> bytes:
        metas = [AccountMeta(payer, is_signer=True, is_writable=False)]
        return compiled([Instruction(MEMO, text.encode(), metas)], Hash.default())

    effects = json.loads(_native.transaction_effects(f"{CHAIN}:{payer}", memo("order 4711")))
    assert (effects["notes"], effects["losses"], effects["fee"]["most"]) == (["order 4711"], [], "5000")
    with pytest.raises(ParseError) as caught:
        _native.transaction_effects(f"{CHAIN}:{payer}", memo("order 4711 金"))
    assert caught.value.code == "tx.unsupported"


def refusal(account: str, message: bytes) -> str | None:
    """The code under which a message is refused; None when it is read."""
    try:
        _native.transaction_effects(account, message)
    except ParseError as error:
        return error.code
    return None


@given(
    cases(), hashes, st.lists(st.tuples(st.integers(0, 600), st.sampled_from("sid"), st.integers(0, 255)), max_size=3)
)
@settings(max_examples=300, deadline=None)
def test_changed_bytes_are_read_as_solders_reads_them_or_not_at_all(
    case: tuple[Intent, SolanaDetail], anchor: Hash, edits: list[tuple[int, str, int]]
) -> None:
    intent, detail = case
    message = bytearray(theirs(intent, detail, anchor))
    for place, kind, byte in edits:
        at = place % len(message)
        message[at : at + (kind != "i")] = b"" if kind == "d" else bytes([byte])
    code = refusal(str(intent.source), bytes(message))
    if code is None:
        assert compiled_again(bytes(message)) == message
    else:
        assert edits
        assert code in ("tx.malformed", "tx.unsupported", "tx.range")
