"""Intents and plans on Solana for the tests beside it, and the same instructions as solders' own tools make them."""

from __future__ import annotations

from solders import compute_budget, system_program
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message, MessageV0, from_bytes_versioned, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.token.associated import get_associated_token_address

from jinku.core import (
    AccountId,
    AssetId,
    Bounds,
    Curve,
    Id,
    Intent,
    IntentKind,
    Payload,
    Plan,
    SolanaDetail,
    SolanaToken,
    SolanaVersion,
    TokenProgram,
)

CHAIN = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
OURS = Keypair.from_seed(b"\x01" * 32)
SYSTEM = system_program.ID
ASSOCIATED = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
PROGRAMS = {
    TokenProgram.SPL: Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"),
    TokenProgram.SPL_2022: Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"),
}


def an_id(tail: int) -> Id:
    return Id.from_parts(1_700_000_000_000, tail)


def an_intent(to: Pubkey, amount: int, mint: Pubkey | None = None, source: Pubkey | None = None) -> Intent:
    asset = "slip44:501" if mint is None else f"token:{mint}"
    return Intent(
        id=an_id(1),
        deployment=an_id(2),
        kind=IntentKind.TRANSFER,
        vault=an_id(3),
        source=AccountId.parse(f"{CHAIN}:{source or OURS.pubkey()}"),
        destination=AccountId.parse(f"{CHAIN}:{to}"),
        asset=AssetId.parse(f"{CHAIN}/{asset}"),
        amount=amount,
        bounds=Bounds(max_fee=2**64, valid_until_ms=1_700_000_600_000, replaceable=True),
        initiator="ed25519:7f4c",
        reason_commitment=None,
        idempotency_key="order-4711",
        created_at_ms=1_700_000_000_000,
    )


def a_detail(program: TokenProgram | None = None, nonce: Pubkey | None = None) -> SolanaDetail:
    return SolanaDetail(
        version=SolanaVersion.V0,
        compute_limit=80_000,
        compute_price=25_001,
        nonce_account=None if nonce is None else str(nonce),
        token=None if program is None else SolanaToken(program, 6),
    )


def draft(intent: Intent, detail: SolanaDetail, anchor: Hash) -> Plan:
    return Plan(
        id=an_id(4),
        deployment=intent.deployment,
        intent_digest=intent.digest().hex(),
        chain=intent.chain,
        nonce=None,
        inputs=(),
        change=(),
        fee=detail.max_fee,
        anchor=str(anchor),
        valid_until_height=None if detail.nonce_account else 300,
        payloads=(Payload(digest="00" * 32, curve=Curve.ED25519, path="m/44'/501'/0'/0'"),),
        detail=detail,
        replaces=None,
        created_at_ms=1_700_000_000_001,
    )


def creation(payer: Pubkey, owner: Pubkey, mint: Pubkey, program: Pubkey) -> Instruction:
    """What makes the owner's token account where it is missing (CreateIdempotent)."""
    metas = [
        AccountMeta(payer, is_signer=True, is_writable=True),
        AccountMeta(get_associated_token_address(owner, mint, program), is_signer=False, is_writable=True),
        *(AccountMeta(key, is_signer=False, is_writable=False) for key in (owner, mint, SYSTEM, program)),
    ]
    return Instruction(ASSOCIATED, b"\x01", metas)


def token_transfer(intent: Intent, program: TokenProgram, decimals: int) -> Instruction:
    """TransferChecked, or TransferCheckedWithFee with a fee of zero in Token-2022."""
    key, mint = PROGRAMS[program], Pubkey.from_string(intent.asset.reference)
    payer, to = (Pubkey.from_string(of.address) for of in (intent.source, intent.destination))
    metas = [
        AccountMeta(get_associated_token_address(payer, mint, key), is_signer=False, is_writable=True),
        AccountMeta(mint, is_signer=False, is_writable=False),
        AccountMeta(get_associated_token_address(to, mint, key), is_signer=False, is_writable=True),
        AccountMeta(payer, is_signer=True, is_writable=False),
    ]
    figures = intent.amount.to_bytes(8, "little") + bytes([decimals])
    data = b"\x0c" + figures if program is TokenProgram.SPL else b"\x1a\x01" + figures + bytes(8)
    return Instruction(key, data, metas)


def compiled(steps: list[Instruction], anchor: Hash, payer: Pubkey | None = None) -> bytes:
    """A message of version 0."""
    return to_bytes_versioned(MessageV0.try_compile(payer or OURS.pubkey(), steps, [], anchor))


def compiled_again(message: bytes) -> bytes:
    """The instructions of a message, as solders reads them, compiled anew with the roles that they have there."""
    read = from_bytes_versioned(message)
    keys, head = read.account_keys, read.header
    signers, others = head.num_required_signatures, len(keys) - head.num_readonly_unsigned_accounts

    def role(at: int) -> AccountMeta:
        signs = at < signers
        return AccountMeta(keys[at], signs, at < (signers - head.num_readonly_signed_accounts if signs else others))

    steps = [
        Instruction(keys[step.program_id_index], step.data, [role(at) for at in step.accounts])
        for step in read.instructions
    ]
    if isinstance(read, Message):
        return bytes(Message.new_with_blockhash(steps, keys[0], read.recent_blockhash))
    return compiled(steps, read.recent_blockhash, keys[0])


def theirs(intent: Intent, detail: SolanaDetail, anchor: Hash) -> bytes:
    """The message as solders compiles it, made without our codec."""
    payer, to = Pubkey.from_string(intent.source.address), Pubkey.from_string(intent.destination.address)
    steps = []
    if detail.nonce_account:
        nonce = Pubkey.from_string(detail.nonce_account)
        steps.append(system_program.advance_nonce_account({"nonce_pubkey": nonce, "authorized_pubkey": payer}))
    steps.append(compute_budget.set_compute_unit_limit(detail.compute_limit))
    if detail.compute_price:
        steps.append(compute_budget.set_compute_unit_price(detail.compute_price))
    if detail.token is None:
        steps.append(
            system_program.transfer({"from_pubkey": payer, "to_pubkey": to, "lamports": intent.amount}),
        )
    else:
        mint, program = Pubkey.from_string(intent.asset.reference), detail.token.program
        steps.append(creation(payer, to, mint, PROGRAMS[program]))
        steps.append(token_transfer(intent, program, detail.token.decimals))
    if detail.version is SolanaVersion.LEGACY:
        return bytes(Message.new_with_blockhash(steps, payer, anchor))
    return compiled(steps, anchor, payer)
