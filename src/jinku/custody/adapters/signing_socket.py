"""The verbs that sign, as the protocol page has them."""

from __future__ import annotations

from jinku.custody.adapters.wire import NO_TOKEN, Reader, VerbNumber, Writer
from jinku.custody.signing import Reserved, SignedPlan, SigningRequest, SlotHead

__all__ = ["SigningVerbs"]


def _body(request: SigningRequest) -> Writer:
    body = Writer().text(request.vault).data(request.intent).raw(request.intent_signature)
    body.data(request.plan).data(request.policy).number(len(request.approvals))
    for approval, signature in request.approvals:
        body.data(approval).raw(signature)
    body.data(request.entry).data(request.receipt).number(len(request.extension))
    for node in request.extension:
        body.raw(node)
    return body.data(request.slots_head)


class SigningVerbs:
    """Implements ``Signing`` for a client that has a way to call."""

    def _call(self, verb: VerbNumber, body: Writer | None = None, token: bytes = NO_TOKEN) -> Reader:
        raise NotImplementedError

    def sign(self, token: bytes, request: SigningRequest) -> Reserved | SignedPlan:
        """See the port."""
        reader = self._call(VerbNumber.SIGN, _body(request), token)
        dev = reader.byte() == 1
        if reader.byte() == 0:
            return Reserved(dev, reader.data())

        def signature() -> tuple[bytes, int | None]:
            return reader.raw(64), reader.byte() if reader.byte() else None

        return SignedPlan(dev, tuple(reader.list(signature)), reader.data(), reader.text())

    def slot_head(self, old: int | None = None) -> SlotHead:
        """See the port."""
        body = Writer().flag(False) if old is None else Writer().flag(True).long(old)
        reader = self._call(VerbNumber.SLOT_HEAD, body)
        return SlotHead(reader.text(), reader.long(), reader.raw(32), reader.long(), reader.data())
