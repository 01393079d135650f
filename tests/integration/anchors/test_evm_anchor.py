"""Anchors on a real EVM node: from the signature to the proof that stands by itself."""

from __future__ import annotations

import pytest
from eth_account import Account
from evm_world import GWEI, Rig

from anvil_fixture import Anvil
from jinku.core import JinkuError
from jinku.journal.adapters.anchor_evm import DAY_MS
from jinku.journal.anchors import AnchorState, Proof
from jinku.journal.anchors.evm import header_of, transaction_of
from jinku.journal.verifier.verify_evm import Broken, check, check_block, keccak256, read_rlp, read_transaction

ONES = "0x" + "11" * 32


def crowd(anvil: Anvil) -> list[str]:
    """Transactions of types 0, 1, 2 and 4, and the making of a contract, that wait; their hashes."""
    accounts = anvil("eth_accounts")
    keys = [{"address": accounts[4], "storageKeys": [ONES, ONES]}, {"address": accounts[5], "storageKeys": []}]
    made = [
        anvil.send(0, gasPrice=hex(9 * GWEI)),
        anvil.send(1, gasPrice=hex(8 * GWEI), accessList=keys),
        anvil.send(2, maxFeePerGas=hex(7 * GWEI), maxPriorityFeePerGas=hex(5 * GWEI), input="0x" + "ab" * 300),
        anvil.send(3, maxFeePerGas=hex(7 * GWEI), maxPriorityFeePerGas="0x1", accessList=keys[1:]),
    ]
    made.append(anvil("eth_sendTransaction", {"from": accounts[6], "input": "0x600160005560006000f3"}))
    delegate = Account.create()
    anvil.fund(delegate.address)
    permit = {"chainId": 31337, "address": "0x" + "aa" * 20, "nonce": 1}
    fields = {"type": 4, "chainId": 31337, "nonce": 0, "gas": 100_000, "to": delegate.address, "value": 0, "data": b""}
    fields |= {"maxFeePerGas": 9 * GWEI, "maxPriorityFeePerGas": 1, "accessList": []}
    signed = delegate.sign_transaction({**fields, "authorizationList": [delegate.sign_authorization(permit)]})
    made.append(anvil("eth_sendRawTransaction", signed.raw_transaction.to_0x_hex()))
    return made


def test_a_digest_goes_into_a_block_of_all_kinds_and_its_proof_says_when(rig: Rig) -> None:
    source, others = rig.source(confirmations=2), crowd(rig.anvil)
    proof = rig.keep(source.submit(rig.key.digest))
    assert proof.state is AnchorState.PENDING
    assert rig.anvil("eth_getTransactionByHash", "0x" + keccak256(proof.data).hex()) is None  # not sent before kept
    assert source.upgrade(rig.key.digest, proof) == proof
    height = rig.anvil.mine()
    block = rig.anvil("eth_getBlockByNumber", hex(height), True)
    assert {one["hash"] for one in block["transactions"]} > set(others)
    assert {one["type"] for one in block["transactions"]} == {"0x0", "0x1", "0x2", "0x4"}
    assert source.upgrade(rig.key.digest, proof) == proof
    rig.anvil.mine()
    assert source.upgrade(rig.key.digest, proof) == proof  # one block on top, two are asked for
    rig.anvil.mine()
    done = source.upgrade(rig.key.digest, proof)
    assert (done.state, done.data) == (AnchorState.COMPLETE, proof.data)
    said = source.verify(rig.key.digest, done)
    assert said.at is not None
    assert int(said.at.timestamp()) == int(block["timestamp"], 16)
    assert said.facts == {
        "chain": "eip155:31337",
        "transaction": "0x" + keccak256(proof.data).hex(),
        "sender": rig.key.address.lower(),
        "block": str(height),
        "block hash": block["hash"],
    }
    pending = source.verify(rig.key.digest, proof)
    assert (pending.state, pending.at, pending.facts["nonce"]) == (AnchorState.PENDING, None, "0")
    with pytest.raises(JinkuError) as caught:
        source.verify(b"?" * 32, done)
    assert (caught.value.code, caught.value.exit_code) == ("anchor.digest", 5)


@pytest.mark.parametrize("place", [0, 1, 128, 130])
def test_wherever_it_stands_in_a_large_block(rig: Rig, place: int) -> None:
    """The trie's keys get longer at 128; what others pay puts the anchor where it is wanted."""
    accounts = rig.anvil("eth_accounts")
    for number in range(130):
        sender, fee = (0, 20 * GWEI) if number < place else (1, 2 * GWEI)
        rig.anvil("eth_sendTransaction", {"from": accounts[sender], "to": accounts[9], "gasPrice": hex(fee)})
    proof = rig.sent()
    rig.anvil.mine()
    receipt = rig.anvil("eth_getTransactionReceipt", "0x" + keccak256(proof.data).hex())
    assert int(receipt["transactionIndex"], 16) == place
    assert rig.source().upgrade(rig.key.digest, proof).state is AnchorState.COMPLETE


def test_all_blocks_and_transactions_are_written_as_the_chain_hashes_them(anvil: Anvil) -> None:
    crowd(anvil)
    height = anvil.mine()
    for number in range(height + 1):
        block = anvil("eth_getBlockByNumber", hex(number), True)
        assert "0x" + keccak256(header_of(block)).hex() == block["hash"]
        for one in block["transactions"]:
            raw = transaction_of(one)
            assert raw is not None
            assert "0x" + raw.hex() == anvil("eth_getRawTransactionByHash", one["hash"])
            assert "0x" + keccak256(raw).hex() == one["hash"]


def test_a_changed_byte_anywhere_is_found(rig: Rig) -> None:
    crowd(rig.anvil)
    proof = rig.sent()
    rig.anvil.mine()
    done = rig.source().upgrade(rig.key.digest, proof)
    check(done.data, done.extra, rig.key.digest)
    for at in range(0, len(done.data), 4):
        bad = bytearray(done.data)
        bad[at] ^= 1 + at % 255
        with pytest.raises(Broken):
            check(bytes(bad), done.extra, rig.key.digest)
    for at in range(0, len(done.extra), 9):
        bad = bytearray(done.extra)
        bad[at] ^= 1 + at % 255
        with pytest.raises(Broken):
            check_block(bytes(bad), done.data)
    for bad in (done.extra[:-1], done.extra + b"\x80", done.extra[:200]):
        with pytest.raises(Broken):
            check_block(bytes(bad), done.data)


def test_who_was_killed_before_sending_sends_the_same_bytes(rig: Rig) -> None:
    rig.source().submit(rig.key.digest)  # signed and not kept: nobody has it
    proof = rig.keep(rig.source().submit(rig.key.digest))  # kept and not sent
    assert read_transaction(proof.data).nonce == 0
    again = rig.source()
    for _ in range(2):
        assert again.upgrade(rig.key.digest, proof) == proof
    assert len(rig.key.signed) == 2
    rig.anvil.mine()
    done = rig.keep(rig.source().upgrade(rig.key.digest, proof))
    assert done.state is AnchorState.COMPLETE
    assert rig.anvil("eth_getTransactionCount", rig.key.address, "latest") == "0x1"
    following = rig.source().submit(rig.key.digest)
    assert following is not None
    assert read_transaction(following.data).nonce == 1


def test_what_the_node_dropped_is_sent_again(rig: Rig) -> None:
    proof = rig.sent()
    name = "0x" + keccak256(proof.data).hex()
    rig.anvil("anvil_dropTransaction", name)
    assert rig.anvil("eth_getTransactionByHash", name) is None
    assert rig.source().upgrade(rig.key.digest, proof) == proof
    assert rig.anvil("eth_getTransactionByHash", name)["hash"] == name


def test_one_waits_at_a_time(rig: Rig) -> None:
    proof = rig.sent()
    assert rig.source().submit(rig.key.digest) is None
    assert len(rig.key.signed) == 1
    rig.anvil.mine()  # in a block, if not deep: the next may go
    assert proof.state is AnchorState.PENDING
    assert rig.source().submit(rig.key.digest) is not None


def test_a_reorganisation_before_it_was_deep_enough(rig: Rig) -> None:
    proof = rig.sent()
    rig.anvil.mine()
    rig.anvil.mine(2)
    source = rig.source(confirmations=3)
    assert source.upgrade(rig.key.digest, proof) == proof
    rig.anvil("anvil_reorg", 3, [])
    name = "0x" + keccak256(proof.data).hex()
    assert rig.anvil("eth_getTransactionReceipt", name) is None
    assert source.upgrade(rig.key.digest, proof) == proof
    rig.anvil.mine(4)
    done = source.upgrade(rig.key.digest, proof)
    assert done.state is AnchorState.COMPLETE
    canonical = rig.anvil("eth_getBlockByNumber", rig.anvil("eth_getTransactionReceipt", name)["blockNumber"], False)
    assert source.verify(rig.key.digest, done).facts["block hash"] == canonical["hash"]


def test_a_nonce_that_went_to_another_transaction(rig: Rig) -> None:
    """As when the database came from an older copy: the kept one gets no block, and the next has the next nonce."""
    proof = rig.keep(rig.source().submit(rig.key.digest))
    other = rig.key.account.sign_transaction(
        {"chainId": 31337, "nonce": 0, "gas": 21000, "gasPrice": 5 * GWEI, "to": rig.key.address, "value": 0}
    )
    rig.anvil("eth_sendRawTransaction", other.raw_transaction.to_0x_hex())
    rig.anvil.mine()
    source = rig.source(confirmations=2)
    rig.refused("anchor.node", lambda: source.upgrade(rig.key.digest, proof))  # the node tells why, for now
    rig.anvil.mine(2)
    lost = rig.keep(source.upgrade(rig.key.digest, proof))
    assert lost == Proof(AnchorState.SUPERSEDED, proof.data)
    assert source.verify(rig.key.digest, lost).state is AnchorState.SUPERSEDED
    following = source.submit(rig.key.digest)
    assert following is not None
    assert read_transaction(following.data).nonce == 1


def test_the_budget_of_a_day(rig: Rig) -> None:
    first = read_transaction(rig.sent().data)
    assert first.max_fee_wei == 3 * GWEI + first.priority_fee_wei
    cost = first.gas * first.max_fee_wei
    rig.anvil.mine()
    rig.refused("anchor.budget", lambda: rig.source(budget_wei=cost + 1000).submit(rig.key.digest))
    assert len(rig.key.signed) == 1
    assert rig.source(budget_wei=3 * cost).submit(rig.key.digest) is not None
    rig.keep(Proof(AnchorState.PENDING, rig.key.signed[0]), age_ms=DAY_MS + 1000)  # yesterday's counts no more
    assert rig.source(budget_wei=cost + 1000).submit(rig.key.digest) is not None
    rig.refused("anchor.budget", lambda: rig.source(budget_wei=1000).submit(rig.key.digest))


def test_the_fee_keeps_within_what_is_left(rig: Rig) -> None:
    rich = rig.source().submit(rig.key.digest)
    assert rich is not None
    most = read_transaction(rich.data)
    poor = rig.source(budget_wei=most.gas * most.max_fee_wei * 3 // 4).submit(rig.key.digest)
    assert poor is not None
    assert read_transaction(poor.data).max_fee_wei <= most.max_fee_wei * 3 // 4


def test_an_account_without_money_is_named(rig: Rig) -> None:
    rig.anvil.fund(rig.key.address, 1000)
    error = rig.refused("anchor.funds", lambda: rig.source().submit(rig.key.digest))
    assert rig.key.address.lower() in str(error)
    assert rig.key.signed == []


def test_a_signature_over_anything_else_is_never_sent(rig: Rig) -> None:
    rig.refused("anchor.head", lambda: rig.source().submit(b"\x01" * 32))  # the signer has a newer head
    for change in ({"nonce": 9}, {"gas": 99_999}, {"chainId": 1}):
        rig.key.change = change
        rig.refused("anchor.digest", lambda: rig.source().submit(rig.key.digest))
    rig.key.change = {"value": 1}
    rig.refused("anchor.garbled", lambda: rig.source().submit(rig.key.digest))
    assert rig.anvil("txpool_status") == {"pending": "0x0", "queued": "0x0"}


def test_a_row_that_was_changed_stops_the_source(rig: Rig) -> None:
    rig.keep(Proof(AnchorState.PENDING, b"\x02\xc0"))
    rig.refused("anchor.garbled", lambda: rig.source().submit(rig.key.digest))


def test_a_proof_of_another_transaction_is_no_proof(rig: Rig) -> None:
    first = rig.sent()
    rig.anvil.mine()
    one = rig.keep(rig.source().upgrade(rig.key.digest, first))
    second = rig.sent()
    rig.anvil.mine()
    two = rig.source().upgrade(rig.key.digest, second)
    assert {len(read_rlp(proof.extra)) for proof in (one, two)} == {4}
    swapped = Proof(AnchorState.COMPLETE, two.data, one.extra)
    rig.refused("anchor.proof", lambda: rig.source().verify(rig.key.digest, swapped))
    rig.refused("anchor.digest", lambda: rig.source(chain=1).verify(rig.key.digest, one))
    rig.refused("anchor.digest", lambda: rig.source(account="11" * 20).verify(rig.key.digest, one))
