"""What the codec says of a transaction is what Solana's own runtime and programs do: LiteSVM, in the process."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from solana_terms import OURS, PROGRAMS, a_detail, an_intent, compiled, creation, draft
from solders import system_program
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import from_bytes_versioned
from solders.pubkey import Pubkey
from solders.token.associated import get_associated_token_address
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata

from jinku import _native
from jinku.core import Intent, SolanaDetail, SolanaVersion, TokenProgram

PAYER = OURS.pubkey()
THEIRS = Keypair.from_seed(b"\x22" * 32)
SPL, SPL_2022 = TokenProgram.SPL, TokenProgram.SPL_2022
FEE_MISMATCH = 32
"""Token-2022's own number for a fee that is not the one that the transfer names."""


def role(key: Pubkey, signs: bool = False, writes: bool = True) -> AccountMeta:
    return AccountMeta(key, is_signer=signs, is_writable=writes)


class World:
    """A fresh chain on which the payer has ten SOL."""

    def __init__(self) -> None:
        self.chain = LiteSVM()
        self.chain.airdrop(PAYER, 10**10)

    def send(self, steps: list[Instruction], *signers: Keypair) -> None:
        """What the tests need beforehand; it has to succeed."""
        message = from_bytes_versioned(compiled(steps, self.chain.latest_blockhash()))
        outcome = self.chain.send_transaction(VersionedTransaction(message, [OURS, *signers]))
        assert not isinstance(outcome, FailedTransactionMetadata), outcome
        self.chain.expire_blockhash()

    def mint(self, program: TokenProgram, extension: bytes = b"", size: int = 82) -> Pubkey:
        """A token with six decimals, of which the payer has a thousand units."""
        made, key = Keypair(), PROGRAMS[program]
        rent = self.chain.minimum_balance_for_rent_exemption(size)
        steps = [
            system_program.create_account(
                {"from_pubkey": PAYER, "to_pubkey": made.pubkey(), "lamports": rent, "space": size, "owner": key}
            )
        ]
        if extension:
            steps.append(Instruction(key, extension, [role(made.pubkey())]))
        ours = get_associated_token_address(PAYER, made.pubkey(), key)
        steps += [
            Instruction(key, b"\x14\x06" + bytes(PAYER) + b"\x00", [role(made.pubkey())]),
            creation(PAYER, PAYER, made.pubkey(), key),
            Instruction(
                key, b"\x07" + (1000).to_bytes(8, "little"), [role(made.pubkey()), role(ours), role(PAYER, signs=True)]
            ),
        ]
        self.send(steps, made)
        return made.pubkey()

    def serve(self, intent: Intent, detail: SolanaDetail, anchor: Hash | None = None) -> tuple[Any, dict[str, Any]]:
        """Build, check and send: what the chain says, and the effects that the codec read."""
        made = draft(intent, detail, anchor or self.chain.latest_blockhash())
        plan = _native.complete_plan(intent.to_canonical(), made.to_canonical())
        account, unsigned, effects = _native.check_plan(intent.to_canonical(), plan)
        signature = bytes(OURS.sign_message(unsigned))
        sent, name = _native.attach_signatures(account, unsigned, [(signature, None)])
        outcome = self.chain.send_transaction(VersionedTransaction.from_bytes(sent))
        assert isinstance(outcome, FailedTransactionMetadata) or str(outcome.signature()) == name
        self.chain.expire_blockhash()
        return outcome, json.loads(effects)

    def units(self, owner: Pubkey, mint: Pubkey, program: TokenProgram) -> int:
        """The balance of the owner's token account; zero where there is none."""
        found = self.chain.get_account(get_associated_token_address(owner, mint, PROGRAMS[program]))
        return 0 if found is None else int.from_bytes(found.data[64:72], "little")

    def lamports(self, owner: Pubkey) -> int:
        return self.chain.get_balance(owner) or 0


@pytest.fixture
def world() -> World:
    return World()


def failed(outcome: object) -> str:
    assert isinstance(outcome, FailedTransactionMetadata), outcome
    return str(outcome.err())


@pytest.mark.parametrize("version", list(SolanaVersion))
def test_lamports_move_and_the_fee_is_exact(world: World, version: SolanaVersion) -> None:
    before = world.lamports(PAYER)
    outcome, effects = world.serve(an_intent(THEIRS.pubkey(), 10**9), replace(a_detail(), version=version))
    assert not isinstance(outcome, FailedTransactionMetadata)
    assert world.lamports(THEIRS.pubkey()) == 10**9
    assert before - world.lamports(PAYER) == 10**9 + int(effects["fee"]["most"]) == 10**9 + 5_000 + 2_001


@pytest.mark.parametrize(("program", "extension", "size", "account"), [
    (SPL, b"", 82, 2_039_280),
    (SPL_2022, b"", 82, 2_074_080),
    (SPL_2022, b"\x1a\x00\x00\x00" + (0).to_bytes(2, "little") + (0).to_bytes(8, "little"), 278, 2_157_600),
])  # fmt: skip
def test_a_token_moves_and_the_account_costs_no_more_than_said(
    world: World, program: TokenProgram, extension: bytes, size: int, account: int
) -> None:
    mint, to = world.mint(program, extension, size), THEIRS.pubkey()
    for nth, cost in enumerate((account, 0), start=1):
        before = world.lamports(PAYER)
        outcome, effects = world.serve(an_intent(to, 100, mint), a_detail(program))
        assert not isinstance(outcome, FailedTransactionMetadata), outcome
        assert world.units(to, mint, program) == 100 * nth
        assert world.units(PAYER, mint, program) == 1000 - 100 * nth
        assert before - world.lamports(PAYER) == 5_000 + 2_001 + cost
        assert 5_000 + 2_001 + account <= int(effects["fee"]["most"]) == 5_000 + 2_001 + program.account_cost
        assert [part["amount"] for part in effects["gains"]] == ["100"]


def test_a_mint_that_withholds_a_fee_moves_nothing(world: World) -> None:
    one_percent = b"\x1a\x00\x00\x00" + (100).to_bytes(2, "little") + (10**9).to_bytes(8, "little")
    mint, to = world.mint(SPL_2022, one_percent, 278), THEIRS.pubkey()
    outcome, _ = world.serve(an_intent(to, 100, mint), a_detail(SPL_2022))
    assert f"Custom({FEE_MISMATCH})" in failed(outcome)
    assert (world.units(to, mint, SPL_2022), world.units(PAYER, mint, SPL_2022)) == (0, 1000)


def test_a_mint_with_a_hook_moves_nothing(world: World) -> None:
    hook = b"\x24\x00" + bytes(PAYER) + bytes(Keypair().pubkey())
    mint, to = world.mint(SPL_2022, hook, 166 + 4 + 64), THEIRS.pubkey()
    outcome, _ = world.serve(an_intent(to, 100, mint), a_detail(SPL_2022))
    assert "MissingAccount" in failed(outcome)
    assert (world.units(to, mint, SPL_2022), world.units(PAYER, mint, SPL_2022)) == (0, 1000)


def test_an_account_that_has_become_anothers_gets_nothing(world: World) -> None:
    mint, to = world.mint(SPL), THEIRS.pubkey()
    world.serve(an_intent(to, 100, mint), a_detail(SPL))
    given = get_associated_token_address(to, mint, PROGRAMS[SPL])
    handed = Instruction(
        PROGRAMS[SPL], b"\x06\x02\x01" + bytes(Keypair().pubkey()), [role(given), role(to, signs=True, writes=False)]
    )
    world.send([handed], THEIRS)
    outcome, _ = world.serve(an_intent(to, 100, mint), a_detail(SPL))
    assert "(2, " in failed(outcome), "the instruction that would make the account"
    assert world.units(PAYER, mint, SPL) == 900


def test_wrong_decimals_and_another_program_move_nothing(world: World) -> None:
    mint, to = world.mint(SPL), THEIRS.pubkey()
    detail = a_detail(SPL)
    assert detail.token is not None
    for other in (replace(detail, token=replace(detail.token, decimals=9)), a_detail(SPL_2022)):
        outcome, _ = world.serve(an_intent(to, 100, mint), other)
        failed(outcome)
    assert world.units(PAYER, mint, SPL) == 1000


def test_a_durable_nonce_is_used_once(world: World) -> None:
    nonce = Keypair()
    world.send(list(system_program.create_nonce_account(PAYER, nonce.pubkey(), PAYER, 10**8)), nonce)
    held = world.chain.get_account(nonce.pubkey())
    assert held is not None
    anchor = Hash(held.data[40:72])
    detail = a_detail(nonce=nonce.pubkey())
    for _ in range(3):
        world.chain.expire_blockhash()
    outcome, effects = world.serve(an_intent(THEIRS.pubkey(), 10**9), detail, anchor)
    assert not isinstance(outcome, FailedTransactionMetadata), outcome
    assert effects["fee"]["most"] == "7001"
    outcome, _ = world.serve(an_intent(THEIRS.pubkey(), 10**9 + 1), detail, anchor)
    assert "BlockhashNotFound" in failed(outcome)
    assert world.lamports(THEIRS.pubkey()) == 10**9
