"""What a plan on Solana costs at most, and that no family takes the detail of another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jinku.core import (
    ChainId,
    Curve,
    EvmDetail,
    EvmType,
    Id,
    ParseError,
    Payload,
    Plan,
    SolanaDetail,
    SolanaToken,
    SolanaVersion,
    TokenProgram,
)


def detail(limit: int = 80_000, price: int = 25_001, program: TokenProgram | None = None) -> SolanaDetail:
    token = None if program is None else SolanaToken(program, 6)
    return SolanaDetail(version=SolanaVersion.V0, compute_limit=limit, compute_price=price, token=token)


def plan(made: SolanaDetail) -> Plan:
    return Plan(
        id=Id.from_parts(1_700_000_000_000, 1),
        deployment=Id.from_parts(1_700_000_000_000, 2),
        intent_digest="11" * 32,
        chain=ChainId.parse("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"),
        nonce=None,
        inputs=(),
        change=(),
        fee=made.max_fee,
        anchor="EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N",
        valid_until_height=300,
        payloads=(Payload(digest="22" * 32, curve=Curve.ED25519, path="m/44'/501'/0'/0'"),),
        replaces=None,
        created_at_ms=1_700_000_000_001,
        detail=made,
    )


@pytest.mark.parametrize(
    ("limit", "price", "program", "fee"),
    [
        (1, 0, None, 5_000),
        (1, 1, None, 5_001),
        (80_000, 25_001, None, 7_001),
        (1_400_000, 1_000_000, TokenProgram.SPL, 1_405_000 + 2_039_280),
        (200_000, 5, TokenProgram.SPL_2022, 5_001 + 2_248_080),
    ],
)
def test_the_fee_is_signature_units_and_the_account_of_a_token(
    limit: int, price: int, program: TokenProgram | None, fee: int
) -> None:
    made = plan(detail(limit, price, program))
    assert made.fee == fee
    assert Plan.from_canonical(made.to_canonical()) == made
    with pytest.raises(ParseError) as caught:
        replace(made, fee=fee - 1)
    assert caught.value.fields["field"] == "plan.fee"


def test_a_fee_beyond_64_bits_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        plan(detail(1_400_000, 2**64 - 1))
    assert caught.value.fields["field"] == "plan.fee"


def test_no_family_takes_the_detail_of_another() -> None:
    made = plan(detail())
    foreign = EvmDetail(EvmType.LEGACY, 21_000, 1, None)
    for chain, other in (
        (made.chain, foreign),
        (made.chain, None),
        (ChainId.parse("eip155:1"), made.detail),
        (ChainId.parse("cosmos:cosmoshub-4"), made.detail),
    ):
        with pytest.raises(ParseError) as caught:
            replace(made, chain=chain, detail=other)
        assert caught.value.fields["field"] == "plan.detail"
