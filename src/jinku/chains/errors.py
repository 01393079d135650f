"""How chains fail. Each names the endpoint and the method, never a URL: a key may stand in it."""

from __future__ import annotations

from jinku.core import IntegrityError, JinkuError, NotFoundError, RefusedError, UnavailableError, UsageError

__all__ = [
    "ChainSettingsError",
    "ChainStaleError",
    "ChainUnknownError",
    "EndpointBehindError",
    "EndpointContradictsError",
    "EndpointGarbledError",
    "EndpointRefusedError",
    "EndpointSilentError",
    "EndpointsDisagreeError",
    "EndpointsRestError",
    "PlanRefusedError",
    "ReorgTooDeepError",
    "WrongNetworkError",
]


class EndpointSilentError(UnavailableError):
    """No whole answer came from an endpoint in time: what was asked for is unknown."""

    code = "chain.silent"


class EndpointGarbledError(IntegrityError):
    """An endpoint's answer is out of form; nothing of it is used."""

    code = "chain.garbled"


class EndpointRefusedError(JinkuError):
    """An endpoint understood the question and says no."""

    code = "chain.refused"
    retryable = True


class WrongNetworkError(IntegrityError):
    """An endpoint is on another network, by chain id or the hash of its block 0; it is asked nothing more."""

    code = "chain.wrong_network"


class EndpointBehindError(UnavailableError):
    """An endpoint does not have a block that others have, or that it had itself."""

    code = "chain.behind"


class EndpointContradictsError(IntegrityError):
    """An endpoint says something else than as many others as have to agree."""

    code = "chain.contradicts"


class EndpointsDisagreeError(IntegrityError):
    """Endpoints contradict each other, and too few agree to say which of them is right."""

    code = "chain.disagreement"


class EndpointsRestError(UnavailableError):
    """Too many endpoints failed just now and rest; they are asked again after a while."""

    code = "chain.resting"


class ChainStaleError(UnavailableError):
    """The newest block that endpoints know is too old to plan by."""

    code = "chain.stale"


class ReorgTooDeepError(IntegrityError):
    """The chain was reorganised deeper than the cursor remembers."""

    code = "chain.reorg_too_deep"


class PlanRefusedError(RefusedError):
    """No plan serves this intent as things stand; each cause has a code of its own."""

    code = "plan.refused"


class ChainSettingsError(UsageError):
    """The file that names chains and endpoints is out of form."""

    code = "chain.settings"


class ChainUnknownError(NotFoundError):
    """The settings name no such chain."""

    code = "chain.unknown"
