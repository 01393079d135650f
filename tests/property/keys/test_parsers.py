"""No text crashes what reads chains and addresses; what is accepted has one spelling and stays accepted."""

import contextlib

from hypothesis import example, given, settings
from hypothesis import strategies as st

from jinku.core import ChainId, Family, ParseError
from jinku.keys import KNOWN_CHAINS, UnknownChainError, check_form, forms_of, validate_address

CHAINS = sorted({form.chain for form in forms_of("all")} | set(KNOWN_CHAINS.values()))
words = st.sampled_from(
    [*Family, *KNOWN_CHAINS, *CHAINS, "all", "", " evm ", "Evm", "eip155:", "cosmos:x", "tron:0x2b6653dc"]
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ADDRESSES = [
    "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
    "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
    "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu",
    "1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo",
    "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4",
    "NRaKbRA5JAEJtfUgJJZzmeDnKvP3pJwKp1",
    "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC",
    "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
]


@given(st.lists(words | texts, max_size=4).map(",".join))
@settings(max_examples=400)
@example("all,all")
def test_lists_of_chains(text: str) -> None:
    try:
        forms = forms_of(text)
    except UnknownChainError as error:
        nearest = error.fields["nearest"]
        if isinstance(nearest, str):
            assert forms_of(nearest)  # the advice is one that works
        return
    assert len(set(forms)) == len(forms) > 0
    for form in forms:
        assert str(ChainId.exact(form.chain)) == form.chain
        assert check_form(form.chain, form.kind, form.path) == form
        assert ChainId.exact(form.chain).family == form.family


@st.composite
def nearly(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(ADDRESSES))
    at = draw(st.integers(0, len(text)))
    return draw(
        st.sampled_from([text, text.upper(), text.lower(), text[:at], text[:at] + draw(texts) + text[at + 1 :]])
    )


@given(st.sampled_from(CHAINS) | texts, nearly() | texts)
@settings(max_examples=800)
def test_addresses(chain: str, text: str) -> None:
    with contextlib.suppress(ParseError):
        checked = validate_address(chain, text)
        again = validate_address(chain, checked.address)
        assert (again.address, again.format) == (checked.address, checked.format)
        assert ChainId.parse(chain).family == checked.family


def test_every_good_address_is_taken_by_its_own_family_alone() -> None:
    for text in ADDRESSES:
        taken = set()
        for form in forms_of("all"):
            with contextlib.suppress(ParseError):
                taken.add(validate_address(form.chain, text).family)
        assert len(taken) == 1, text
