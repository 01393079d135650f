"""What the real signer signs is believed by `jinku.keys` as it stands, account by account, and not once changed."""

from __future__ import annotations

import pyrage
import pytest
from signer_house import ALL_FORMS, create, request, unlock, unpack

from jinku import _native
from jinku.core import Id, IntegrityError, account_id
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.ports import Delivery, DerivedBatch
from jinku.keys import BatchMismatchError, account_leaf, forms_of, validate_address, verify_account, verify_batch


def _believed(signer: SocketSigner, batch: DerivedBatch, mode: str) -> None:
    identity = bytes.fromhex(signer.hello().identity_public)
    columns = [unpack(column) for column in batch.columns]
    read = verify_batch(batch.statement, batch.signature, identity, list(batch.columns))
    assert verify_batch(batch.statement, batch.signature, identity, columns) == read
    assert (read.mode, read.start, read.count, read.root) == (mode, batch.start, batch.count, batch.root)
    assert [(f.chain, f.family, f.kind, f.path) for f in read.forms] == [
        (f.chain, f.family, f.kind, f.path) for f in forms_of("all")
    ]
    rows = list(zip(*columns, strict=True))
    leaves = b"".join(account_leaf(read, read.start + row, addresses) for row, addresses in enumerate(rows))
    for row, addresses in enumerate(rows):
        for form, address in zip(read.forms, addresses, strict=True):
            assert validate_address(form.chain, address).address == address
        index, path = read.start + row, _native.inclusion_path(leaves, row)
        found = verify_account(batch.statement, batch.signature, identity, index, addresses, path)
        assert found == account_id(read.job, read.created_at_ms, index)
        swapped = (*addresses[:-1], rows[row - 1][-1])
        with pytest.raises(IntegrityError):
            verify_account(batch.statement, batch.signature, identity, index, swapped, path)
    columns[3][1] = columns[3][0]
    with pytest.raises(BatchMismatchError):
        verify_batch(batch.statement, batch.signature, identity, columns)


def test_custodial_batches(signer: SocketSigner) -> None:
    vault = create(signer, ALL_FORMS).vault
    _believed(signer, signer.derive(unlock(signer, vault), request(vault, 5, 7)), "custodial")


def test_self_mode_batches(signer: SocketSigner) -> None:
    vault = create(signer).vault
    wanted = request(vault, 2, 3)
    delivery = Delivery(recipients=tuple(str(pyrage.x25519.Identity.generate().to_public()) for _ in range(3)))
    batch, wallets = signer.make_wallets(unlock(signer, vault), wanted, ALL_FORMS, 12, "english", delivery)
    _believed(signer, batch, "self")
    job = Id.parse(wanted.job)
    assert [wallet.account for wallet in wallets] == [str(account_id(job, wanted.ts_ms, 2 + row)) for row in range(3)]
