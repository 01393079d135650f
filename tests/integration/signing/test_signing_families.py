"""The same verb for the other families: taproot, segwit and Solana, each verified by another library."""

from __future__ import annotations

from typing import Any

import pytest
from coincurve import PublicKeyXOnly
from embit.script import address_to_scriptpubkey
from embit.transaction import Transaction
from signer_house import SEGWIT, SOLANA, TAPROOT, House
from signing_world import Case, Coordinator, permit
from solders.transaction import VersionedTransaction

from jinku.core import JinkuError
from jinku.custody.ports import Form

BITCOIN = TAPROOT.chain
DEVNET = Form("solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1", "solana", "wallet", SOLANA.path)
ANCHOR = "EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N"


def desk_of(house: House, form: Form, asset: str, *more: Form) -> tuple[Coordinator, str]:
    """A coordinator of a vault with this form, and the vault's account 0."""
    world = Coordinator(house, permit(asset, approvals=[{"count": 2, "group": "desk"}]), forms=(form, *more))
    return world, f"{form.chain}:{world.signer.recheck(world.token, world.vault, [0])[0][0]}"


def bitcoin(world: Coordinator, ours: str, path: str) -> Case:
    asset = f"{BITCOIN}/slip44:0"
    thither = f"{BITCOIN}:bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    intent = world.intent(source=ours, destination=thither, asset=asset, amount="1000")
    script = address_to_scriptpubkey(ours.rpartition(":")[2])
    head = "0100000001" + "07" * 32 + "0000000000ffffffff01"
    output = (5000).to_bytes(8, "little") + bytes([len(script.data)]) + script.data
    before = Transaction.parse(bytes.fromhex(head) + output + bytes(4))
    proof = None if path.startswith("m/86'") else before.serialize().hex()
    about = {"account": ours, "previous_transaction": proof, "redeem_script": None, "sequence": str(2**32 - 3)}
    fields: dict[str, Any] = {
        "change": [{"account": ours, "value": "3500"}],
        "detail": {"change_at": ["1"], "inputs": [about], "lock_time": "0", "version": "2"},
        "fee": "500",
        "inputs": [{"outpoint": f"{before.txid().hex()}:0", "value": "5000"}],
        "payloads": [{"curve": "secp256k1", "digest": "00" * 32, "path": path}],
    }
    return Case(intent, world.completed(intent, fields))


def solana(world: Coordinator, ours: str) -> Case:
    chain = ours.rpartition(":")[0]
    thither = f"{chain}:FGBRPhsdrNo1bjLWZYBBDd8nEPvBaUQhVWgtYpJTPABC"
    intent = world.intent(source=ours, destination=thither, asset=f"{chain}/slip44:501", amount="1000")
    detail = {"compute_limit": "450", "compute_price": "10000", "nonce_account": None, "token": None, "version": "v0"}
    fields: dict[str, Any] = {
        "anchor": ANCHOR,
        "detail": detail,
        "fee": "5005",
        "payloads": [{"curve": "ed25519", "digest": "00" * 32, "path": "m/44'/501'/0'/0'"}],
        "valid_until_height": "300000000",
    }
    return Case(intent, world.completed(intent, fields))


def test_taproot_is_signed_with_the_tweaked_key(house: House) -> None:
    world, ours = desk_of(house, TAPROOT, f"{BITCOIN}/slip44:0")
    case = bitcoin(world, ours, "m/86'/0'/0'/0/0")
    signed = world.sign(case)
    sent = Transaction.parse(signed.transaction)
    assert sent.txid().hex() == signed.id
    (witness,) = sent.vin[0].witness.items
    output = PublicKeyXOnly(address_to_scriptpubkey(ours.rpartition(":")[2]).data[2:])
    assert output.verify(witness, bytes.fromhex(case.plan["payloads"][0]["digest"]))
    assert signed.signatures == ((witness, None),)


def test_segwit_is_signed_by_its_own_path_alone(house: House) -> None:
    world, ours = desk_of(house, SEGWIT, f"{BITCOIN}/slip44:0")
    wrong = bitcoin(world, ours, "m/84'/0'/0'/0/1")
    with pytest.raises(JinkuError) as refused:
        world.reserve(world.request(wrong))
    assert refused.value.code == "sign.key"
    case = bitcoin(world, ours, "m/84'/0'/0'/0/0")
    assert Transaction.parse(world.sign(case).transaction).vin[0].witness.items[0][-1] == 1
    with pytest.raises(JinkuError) as refused:
        world.reserve(world.request(bitcoin(world, ours, "m/84'/0'/0'/0/0")))
    assert refused.value.code == "slot.taken"


def test_solana_is_signed_for_one_cluster_and_has_one_plan(house: House) -> None:
    world, ours = desk_of(house, SOLANA, f"{SOLANA.chain}/slip44:501")
    case = solana(world, ours)
    sent = VersionedTransaction.from_bytes(world.sign(case).transaction)
    assert sent.verify_with_results() == [True]
    case.plan = {**case.plan, "id": world.intent()["id"]}
    with pytest.raises(JinkuError) as refused:
        world.reserve(world.request(case))
    assert refused.value.code == "slot.second_plan"


def test_a_vault_of_two_clusters_signs_on_neither(house: House) -> None:
    world, ours = desk_of(house, SOLANA, f"{SOLANA.chain}/slip44:501", DEVNET)
    with pytest.raises(JinkuError) as refused:
        world.reserve(world.request(solana(world, ours)))
    assert refused.value.code == "evidence.network"
