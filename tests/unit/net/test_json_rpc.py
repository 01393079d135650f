"""JSON-RPC is read strictly: what is out of form is refused, and no figure is taken from it."""

from __future__ import annotations

import pytest

from jinku.net import RpcRefusal, data_of, quantity_of, question, read_answer


def test_a_question_has_one_spelling() -> None:
    assert question("eth_call", [{"to": "0x1"}], 3) == (
        b'{"jsonrpc":"2.0","id":3,"method":"eth_call","params":[{"to":"0x1"}]}'
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"jsonrpc":"2.0","id":1,"result":"0x1"}', "0x1"),
        (b'{"jsonrpc":"2.0","id":1,"result":null}', None),
        (b'{"jsonrpc":"2.0","id":1,"result":null,"error":null}', None),
        (b'{"jsonrpc":"2.0","id":1,"result":null,"error":{"code":3,"message":"no"}}', RpcRefusal(3, "no")),
        (
            b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"a\\u202eb\\n"}}',
            RpcRefusal(-32700, "a\\u202eb\\n"),
        ),
    ],
)
def test_what_is_in_form_is_read(data: bytes, expected: object) -> None:
    assert read_answer(data, 1) == expected


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JSON"),
        (b'{"jsonrpc":"2.0","id":1,"result":"0x', "no JSON"),
        (b"\xff\xfe{", "UTF-8"),
        (b"[]", "no JSON-RPC"),
        (b'{"id":1,"result":"0x1"}', "no JSON-RPC"),
        (b'{"jsonrpc":"2.0","id":2,"result":"0x1"}', "another request"),
        (b'{"jsonrpc":"2.0","id":true,"result":"0x1"}', "another request"),
        (b'{"jsonrpc":"2.0","result":"0x1"}', "another request"),
        (b'{"jsonrpc":"2.0","id":1}', "neither"),
        (b'{"jsonrpc":"2.0","id":1,"result":"0x1","result":"0x2"}', "twice"),
        (b'{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}}', "twice"),
        (b'{"jsonrpc":"2.0","id":1,"result":1.0}', "no integer"),
        (b'{"jsonrpc":"2.0","id":1,"result":NaN}', "NaN"),
        (b'{"jsonrpc":"2.0","id":1,"result":' + b"9" * 25 + b"}", "too many digits"),
        (b'{"jsonrpc":"2.0","id":1,"result":"0x1","error":{"code":3,"message":"no"}}', "beside"),
        (b'{"jsonrpc":"2.0","id":1,"error":"no"}', "without a code"),
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":true,"message":"no"}}', "without a code"),
        (b"[" * 100_000, "too deep"),
    ],
)
def test_what_is_out_of_form_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_answer(data, 1)


@pytest.mark.parametrize(("text", "number"), [("0x0", 0), ("0x7A69", 31_337), ("0x" + "f" * 64, 2**256 - 1)])
def test_quantities(text: str, number: int) -> None:
    assert quantity_of(text) == number


@pytest.mark.parametrize(
    "value",
    [None, 1, True, 1.0, "", "0x", "1", "0x01", "0x1 ", "0x1_0", "-0x1", "0X1", "0x" + "f" * 65, "0x\u0661", [], {}],
)
def test_no_quantities(value: object) -> None:
    with pytest.raises(ValueError, match="no quantity"):
        quantity_of(value)


def test_a_quantity_has_its_bits() -> None:
    assert quantity_of("0xff", 8) == 255
    with pytest.raises(ValueError, match="more than 8 bits"):
        quantity_of("0x100", 8)


def test_data() -> None:
    assert data_of("0x") == b""
    assert data_of("0xAa01", 2) == b"\xaa\x01"
    for value in (None, "0xa", "aa", "0xgg", "0x\u0660\u0660", 7):
        with pytest.raises(ValueError, match="no bytes"):
            data_of(value)
    with pytest.raises(ValueError, match="in place of 3"):
        data_of("0xaa01", 3)
