"""Snapshots of the names of chains, accounts and assets."""

from collections.abc import Iterable
from typing import Any

from frozen import EVM, write


def same(*texts: str) -> list[dict[str, str]]:
    """Texts that stand in their one form already."""
    return [{"text": text, "parsed": text} for text in texts]


def refused(rows: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Texts and the code of their refusal."""
    return [{"text": text, "code": code} for text, code in rows]


HUB, MIXED = "cosmos:cosmoshub-4", "0x6B175474E89094C44Da98b954EedeAC495271d0F"
BITCOIN, SOLANA = "bip122:000000000019d6689c085ae165831e93", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
MINT, TRON20 = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
GAS = "0xd2a4cff31913016155e38e474a2c06d08be276cf"


def chains() -> dict[str, Any]:
    valid = [
        *same(
            "eip155:1",
            "eip155:9223372036854775771",
            BITCOIN,
            "bip122:000000000933ea01ad0ee984209779ba",
            HUB,
            "cosmos:x",
            "cosmos:hashed-c904589232422def",
            "cosmos:Binance-Chain-Tigris",
            SOLANA,
            "neo:860833102",
            "neo:0",
            "tron:728126428",
            "tron:4294967295",
        ),
        {"text": "tron:0x2b6653dc", "parsed": "tron:728126428"},
    ]
    bad_chains = [
        "",
        "eip155",
        "eip155:",
        ":1",
        "eip155:0",
        "eip155:01",
        "eip155:9223372036854775772",
        "eip155:-1",
        "EIP155:1",
        "eip155:1 ",
        "eip155:\u0661",
        "bip122:000000000019d6689c085ae165831e9",
        "bip122:000000000019D6689C085AE165831E93",
        "cosmos:hashed-",
        "cosmos:hashed-99DF5CD68192B33E",
        "cosmos:a_b",
        "cosmos:" + "x" * 33,
        "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvd0",
        "neo:4294967296",
        "tron:0x2B6653DC",
        "tron:0x2b6653d",
        "ripple:1",
    ]
    return {"valid": valid, "invalid": refused((text, "chain.invalid") for text in bad_chains)}


def accounts() -> dict[str, Any]:
    valid = [
        *same(
            f"eip155:1:{EVM}",
            f"{BITCOIN}:bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu",
            f"{BITCOIN}:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            f"{HUB}:cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4",
            f"{SOLANA}:{MINT}",
            "neo:860833102:NVTiAjNgagDkTr5HTzDmQP9kPwPHN5BgVq",
            f"tron:728126428:{TRON20}",
        ),
        {"text": f"eip155:1:{MIXED}", "parsed": f"eip155:1:{MIXED.lower()}"},
        {"text": f"tron:0x2b6653dc:{TRON20}", "parsed": f"tron:728126428:{TRON20}"},
    ]
    bad_accounts = [
        ("", "account.invalid"),
        ("eip155:1", "account.invalid"),
        ("eip155:1:0x12", "account.invalid"),
        (f"eip155:1:{EVM}:x", "account.invalid"),
        (f"eip155:1:0X{EVM[2:]}", "account.invalid"),
        (f"eip155:0:{EVM}", "chain.invalid"),
        (f"{BITCOIN}:BC1QCR8TE4KR609GCAWUTMRZA0J4XV80JY8Z306FYU", "account.invalid"),
        (f"{HUB}:cosmos1qb", "account.invalid"),
        (f"{SOLANA}:{MINT}{MINT}", "account.invalid"),
        (f"neo:860833102:{TRON20}", "account.invalid"),
        (f"tron:728126428:{EVM}", "account.invalid"),
    ]
    return {"valid": valid, "invalid": refused(bad_accounts)}


def assets() -> dict[str, Any]:
    valid = [
        *same(
            "eip155:1/slip44:60",
            f"eip155:1/erc20:{EVM}",
            f"eip155:1/erc721:{EVM}/771769",
            f"eip155:1/erc1155:{EVM}/{'9' * 78}",
            f"{BITCOIN}/slip44:0",
            f"{HUB}/slip44:118",
            "cosmos:osmosis-1/denom:uosmo",
            "cosmos:osmosis-1/denom:ibc%2F27394FB092D2",
            "cosmos:osmosis-1/denom:factory%2Fosmo1abc%2Fa%5Fb%3Ac.d-e",
            "cosmos:x/denom:" + "a" * 128,
            f"{SOLANA}/slip44:501",
            f"{SOLANA}/token:{MINT}",
            f"neo:860833102/nep17:{GAS}",
            f"neo:860833102/nep11:{GAS}/00ff",
            "tron:728126428/slip44:195",
            f"tron:728126428/trc20:{TRON20}",
            "tron:728126428/trc10:1002000",
        ),
        {"text": f"eip155:1/erc20:{MIXED}", "parsed": f"eip155:1/erc20:{MIXED.lower()}"},
        {"text": f"neo:860833102/nep11:0x{GAS[2:].upper()}/00ff", "parsed": f"neo:860833102/nep11:{GAS}/00ff"},
        {"text": f"{HUB}/denom:uatom", "parsed": f"{HUB}/slip44:118"},
        {"text": "tron:0x2b6653dc/slip44:195", "parsed": "tron:728126428/slip44:195"},
    ]
    bad_assets = [
        ("", "asset.invalid"),
        ("eip155:1", "asset.invalid"),
        ("eip155:1/erc20", "asset.invalid"),
        ("eip155:1/erc20:0xnope", "asset.invalid"),
        (f"eip155:1/erc20:{EVM}/1", "asset.invalid"),
        (f"eip155:1/erc721:{EVM}/01", "asset.invalid"),
        (f"eip155:1/erc721:{EVM}/{'9' * 79}", "asset.invalid"),
        (f"eip155:1/trc20:{TRON20}", "asset.invalid"),
        ("eip155:x/slip44:60", "chain.invalid"),
        ("cosmos:osmosis-1/slip44:118", "asset.invalid"),
        ("cosmos:osmosis-1/denom:ibc/27394FB092D2", "asset.invalid"),
        ("cosmos:osmosis-1/denom:ibc%2f27394FB092D2", "asset.invalid"),
        ("cosmos:osmosis-1/denom:u%6Fsmo", "asset.invalid"),
        ("cosmos:osmosis-1/denom:ua", "asset.invalid"),
        ("cosmos:x/denom:" + "a" * 129, "asset.invalid"),
        ("cosmos:x/denom:1abc", "asset.invalid"),
        ("cosmos:x/denom:a%2F", "asset.invalid"),
        (f"neo:860833102/nep11:{GAS}/0", "asset.invalid"),
        (f"neo:860833102/nep11:{GAS}/{'00' * 40}", "asset.invalid"),
        (f"{SOLANA}/slip44:60", "asset.invalid"),
        ("tron:728126428/trc10:0", "asset.invalid"),
        ("neo:860833102/slip44:888", "asset.invalid"),
    ]
    return {"valid": valid, "invalid": refused(bad_assets)}


def caip() -> None:
    write("caip", {"chains": chains(), "accounts": accounts(), "assets": assets()})
