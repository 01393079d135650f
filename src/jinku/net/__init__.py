"""One bounded HTTP exchange, and JSON-RPC read strictly: what the rooms above speak to the world through.

>>> from jinku.net import RpcRefusal, question, quantity_of, read_answer
>>> question("eth_chainId", [], 7)
b'{"jsonrpc":"2.0","id":7,"method":"eth_chainId","params":[]}'
>>> quantity_of(read_answer(b'{"jsonrpc":"2.0","id":7,"result":"0x7a69"}', 7))
31337
>>> refused = read_answer(b'{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"nonce too low"}}', 7)
>>> isinstance(refused, RpcRefusal) and refused.message
'nonce too low'
>>> read_answer(b'{"jsonrpc":"2.0","id":7,"result":1.5}', 7)
Traceback (most recent call last):
ValueError: a number that is no integer

Only adapters and ``ops`` use it: whatever decides is handed what they read.
"""

from jinku.net.bounded_http import FAILED, HttpAnswer, check_address, exchange, reason
from jinku.net.json_rpc import JsonValue, RpcRefusal, data_of, quantity_of, question, read_answer

__all__ = [
    "FAILED",
    "HttpAnswer",
    "JsonValue",
    "RpcRefusal",
    "check_address",
    "data_of",
    "exchange",
    "quantity_of",
    "question",
    "read_answer",
    "reason",
]
