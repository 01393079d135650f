"""How anchors fail. A source that does not serve holds no checkpoint back; a proof that lies ends with exit code 5."""

from __future__ import annotations

from jinku.core import IntegrityError, JinkuError, NotFoundError, UnavailableError, UsageError

__all__ = [
    "AnchorAnswerTooLargeError",
    "AnchorBudgetError",
    "AnchorCertificateExpiredError",
    "AnchorDigestError",
    "AnchorFundsError",
    "AnchorGarbledError",
    "AnchorHeadError",
    "AnchorHeaderError",
    "AnchorMissingError",
    "AnchorNetworkError",
    "AnchorNodeError",
    "AnchorNonceError",
    "AnchorProofError",
    "AnchorRedirectedError",
    "AnchorRefusedError",
    "AnchorRewrittenError",
    "AnchorSignatureError",
    "AnchorSourceError",
    "AnchorSourceUnknownError",
    "AnchorStatusError",
    "AnchorTimeError",
    "AnchorTimeoutError",
    "AnchorUnreachableError",
    "AnchorUntrustedError",
    "AnchorsFailedError",
]


class AnchorSourceError(UsageError):
    """A source of anchors is described in a way that cannot be meant."""

    code = "anchor.source"


class AnchorSourceUnknownError(NotFoundError):
    """No source of anchors is configured, or not this one."""

    code = "anchor.no_source"


class AnchorsFailedError(UnavailableError):
    """Some sources gave no anchor; the others' are kept, and no checkpoint waited."""

    code = "anchor.failed"


class AnchorUnreachableError(UnavailableError):
    """The source cannot be reached."""

    code = "anchor.unreachable"


class AnchorTimeoutError(UnavailableError):
    """The source did not answer in time."""

    code = "anchor.timeout"


class AnchorStatusError(UnavailableError):
    """The source answered with another HTTP status than 200."""

    code = "anchor.status"


class AnchorRedirectedError(JinkuError):
    """The source sent us elsewhere; redirects are not followed."""

    code = "anchor.redirected"


class AnchorAnswerTooLargeError(JinkuError):
    """The source's answer is larger than any right one."""

    code = "anchor.too_large"


class AnchorRefusedError(JinkuError):
    """The authority granted no time stamp."""

    code = "anchor.refused"


class AnchorNodeError(UnavailableError):
    """A chain's node refuses what it was asked."""

    code = "anchor.node"


class AnchorBudgetError(UnavailableError):
    """An anchor costs more than the source's budget has left."""

    code = "anchor.budget"


class AnchorFundsError(UnavailableError):
    """The account that pays for anchors on a chain has too little."""

    code = "anchor.funds"


class AnchorHeadError(UnavailableError):
    """The signer signed a newer head than the published one: no anchor is made of either."""

    code = "anchor.head"


class AnchorNetworkError(IntegrityError):
    """A node is on another network than is pinned."""

    code = "anchor.network"


class AnchorGarbledError(IntegrityError):
    """A proof does not have its form."""

    code = "anchor.garbled"


class AnchorDigestError(IntegrityError):
    """A proof is over something else than this checkpoint."""

    code = "anchor.digest"


class AnchorNonceError(IntegrityError):
    """A time stamp answers another request."""

    code = "anchor.nonce"


class AnchorTimeError(IntegrityError):
    """A time stamp that was just made states another time than ours."""

    code = "anchor.time"


class AnchorUntrustedError(IntegrityError):
    """A time stamp leads to no pinned certificate."""

    code = "anchor.untrusted"


class AnchorCertificateExpiredError(IntegrityError):
    """A certificate was not valid at the time of the stamp."""

    code = "anchor.expired"


class AnchorSignatureError(IntegrityError):
    """A time stamp's signature does not hold."""

    code = "anchor.signature"


class AnchorHeaderError(IntegrityError):
    """A block header is another block's, or lacks the work that it claims."""

    code = "anchor.header"


class AnchorProofError(IntegrityError):
    """A transaction does not stand in the block that its proof names."""

    code = "anchor.proof"


class AnchorMissingError(IntegrityError):
    """An entry speaks of an anchor that the database lacks."""

    code = "anchor.missing"


class AnchorRewrittenError(IntegrityError):
    """The log does not extend a checkpoint that was anchored."""

    code = "anchor.rewritten"
