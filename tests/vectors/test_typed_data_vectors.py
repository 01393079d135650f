"""Typed data of random types against the digests that tronweb publishes (ethers' suite; plain EIP-712)."""

import json

from vectorfiles import enough, read

from jinku import _native

DOMAIN = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
    "salt": "bytes32",
}


def test_typed_data_has_the_published_digests() -> None:
    for row in enough(read("tron/tronweb_eip712.json.gz"), 1025):
        domain = [{"name": name, "type": form} for name, form in DOMAIN.items() if name in row["domain"]]
        data = {
            "types": row["types"] | {"EIP712Domain": domain},
            "primaryType": row["primaryType"],
            "domain": row["domain"],
            "message": row["data"],
        }
        digest, primary, _, _ = _native.read_typed_data(json.dumps(data).encode())
        assert (digest.hex(), primary) == (row["digest"][2:], row["primaryType"]), row["name"]
