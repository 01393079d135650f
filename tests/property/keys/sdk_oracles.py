"""Runs in an environment of its own: public keys come as JSON on stdin, addresses by the Neo and Tron SDKs go out.

Their pins clash with those of the other oracles, so this file imports nothing of jinku.
"""

import json
import sys

from neo3.core.cryptography import ECCCurve, ECPoint
from neo3.wallet import utils
from tronpy.keys import PublicKey, is_base58check_address


def neo(compressed_hex: str) -> str:
    point = ECPoint(bytes.fromhex(compressed_hex), ECCCurve.SECP256R1, True)
    return str(utils.script_hash_to_address(utils.public_key_to_script_hash(point)))


def tron(xy_hex: str) -> str:
    return str(PublicKey(bytes.fromhex(xy_hex)).to_base58check_address())


def tron_valid(text: str) -> bool:
    try:
        return bool(is_base58check_address(text))
    except ValueError:  # the SDK raises on a wrong checksum
        return False


def main() -> None:
    asked = json.load(sys.stdin)
    json.dump(
        {
            "neo": [neo(key) for key in asked["neo"]],
            "tron": [tron(key) for key in asked["tron"]],
            "neo_valid": [bool(utils.is_valid_address(text)) for text in asked["neo_check"]],
            "tron_valid": [tron_valid(text) for text in asked["tron_check"]],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
