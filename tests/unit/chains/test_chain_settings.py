"""The file of chains and endpoints: what it says, and that nothing in it is passed over."""

from __future__ import annotations

import pytest
from chain_terms import refused

from jinku.chains import ChainSettingsError, open_chain, parse_settings
from jinku.chains.adapters.http_wire import HttpWire
from jinku.core import AssetId, ManualClock

ZERO = "0x" + "ab" * 32
HEAD = f'[[chain]]\nid = "eip155:1"\ngenesis = "{ZERO}"\n'
ONE = '[[chain.endpoint]]\nname = "one"\nurl = "https://rpc.example/v3/0123456789abcdef"\n'
TWO = ONE.replace("one", "two").replace("rpc", "eth")
TOKEN = "0x" + "Cc" * 20


def test_what_stands_there_is_taken() -> None:
    [chain] = parse_settings(
        HEAD
        + "quorum = 2\nstale_seconds = 60\ntimeout_seconds = 3\nleast_tip_wei = 0\n"
        + "finality = { safe_blocks = 5, final_blocks = 9 }\n"
        + ONE
        + TWO
        + f'[[chain.token]]\nasset = "erc20:{TOKEN}"\ndecimals = 6\n'
    )
    assert str(chain.chain) == "eip155:1"
    assert [endpoint.name for endpoint in chain.endpoints] == ["one", "two"]
    assert (chain.quorum, chain.tags, chain.safe_blocks, chain.final_blocks) == (2, False, 5, 9)
    assert (chain.stale_seconds, chain.timeout_seconds, chain.least_tip_wei) == (60, 3, 0)
    assert chain.decimals == {AssetId.parse(f"eip155:1/erc20:{TOKEN}"): 6}
    assert "0123456789abcdef" not in repr(chain)


def test_what_is_left_out_has_its_default() -> None:
    [chain] = parse_settings(HEAD + ONE + TWO)
    assert (chain.quorum, chain.tags, chain.stale_seconds, chain.least_tip_wei) == (2, True, 600, None)
    assert parse_settings("") == ()
    opened = open_chain(chain, HttpWire(), ManualClock(), lambda: 0.5)
    assert (opened.rules.genesis, opened.rules.least_tip) == (ZERO, 1_000_000)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("chain = 1", "chain"),
        ("[chain]\nid = 1", "chain"),
        ("other = 1", "other"),
        ('[[chain]]\nid = "eip155:01"', "chain 1.id"),
        ("[[chain]]\nid = 1", "chain 1.id"),
        ('[[chain]]\nid = "eip155:1"', "eip155:1.genesis"),
        (HEAD.replace("ab", "AB"), "eip155:1.genesis"),
        (HEAD, "eip155:1.endpoint"),
        (HEAD + "quorum = 1\n" + ONE + TWO, "eip155:1.quorum"),
        (HEAD + "quorum = 3\n" + ONE + TWO, "eip155:1.quorum"),
        (HEAD + "quorum = true\n" + ONE, "eip155:1.quorum"),
        (HEAD + "quorum = 1.0\n" + ONE, "eip155:1.quorum"),
        (HEAD + "qourum = 1\n" + ONE, "eip155:1.qourum"),
        (HEAD + "finality = { safe_blocks = 5 }\n" + ONE, "eip155:1.finality.final_blocks"),
        (HEAD + "finality = { safe_blocks = 5, final_blocks = 4 }\n" + ONE, "eip155:1.finality.final_blocks"),
        (HEAD + ONE + ONE, "eip155:1.endpoint"),
        (HEAD + ONE + ONE.replace("one", "two"), "eip155:1.endpoint"),
        (HEAD + ONE + TWO.replace("eth.example", "RPC.example:443"), "eip155:1.endpoint"),
        (HEAD + ONE.replace('"one"', '"One"'), "eip155:1.name"),
        (HEAD + ONE + "key = 1\n", "eip155:1.key"),
        (HEAD + ONE + '[[chain.token]]\nasset = "erc20:0x1"\ndecimals = 6\n', "eip155:1.token.asset"),
        (HEAD + ONE + f'[[chain.token]]\nasset = "erc20:{TOKEN}"\ndecimals = 256\n', "eip155:1.token.decimals"),
        (HEAD + ONE + HEAD + TWO, "chain"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(text: str, place: str) -> None:
    error = refused("chain.settings", lambda: parse_settings(text))
    assert isinstance(error, ChainSettingsError)
    assert (error.fields["field"], error.exit_code) == (place, 2)
    assert error.expected


@pytest.mark.parametrize("text", ["[[chain]", "\x00", "a = 1\na = 2", "[" * 10_000])
def test_what_is_no_toml_is_refused(text: str) -> None:
    assert "TOML" in refused("chain.settings", lambda: parse_settings(text)).message


@pytest.mark.parametrize(
    "url", ["ftp://a", "http://", "https://user:secret@a/", "https://a/?key=secret", "https://a/#secret", "secret"]
)
def test_a_url_that_is_none_is_refused_unseen(url: str) -> None:
    text = HEAD + f'[[chain.endpoint]]\nname = "one"\nurl = "{url}"\n'
    error = refused("chain.settings", lambda: parse_settings(text))
    assert error.fields["field"] == "eip155:1.url"
    assert "secret" not in error.message


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ONE.replace('"one"', '"https://rpc.example/v3/secret"'),
        HEAD.replace("eip155:1", "https://rpc.example/v3/secret"),
        HEAD.replace(ZERO, "https://rpc.example/v3/secret"),
        HEAD + ONE + '[[chain.token]]\nasset = "https://rpc.example/v3/secret"\ndecimals = 6\n',
    ],
)
def test_a_url_in_the_place_of_another_field_is_not_shown(text: str) -> None:
    error = refused("chain.settings", lambda: parse_settings(text))
    assert "a URL" in error.message
    assert "secret" not in str(error.as_document())


def test_a_family_that_is_not_served_yet_is_said_so() -> None:
    text = HEAD.replace("eip155:1", "bip122:000000000019d6689c085ae165831e93") + ONE
    [chain] = parse_settings(text)
    refused("chain.settings", lambda: open_chain(chain, HttpWire(), ManualClock(), lambda: 0.5))
