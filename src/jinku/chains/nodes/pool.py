"""Several endpoints of one chain: the first that answers, as many as have to agree, or each.

Before an endpoint is asked anything it has to be on the right network. One that is silent, garbled, on another network
or contradicted rests, twice as long each time, by a clock and a randomness that are handed in. Nothing sleeps here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from jinku.chains.errors import (
    EndpointBehindError,
    EndpointContradictsError,
    EndpointGarbledError,
    EndpointRefusedError,
    EndpointsDisagreeError,
    EndpointSilentError,
    EndpointsRestError,
    ReorgTooDeepError,
    WrongNetworkError,
)
from jinku.chains.nodes.endpoint import Endpoint
from jinku.core import Clock, IntegrityError, JinkuError

__all__ = ["FAULTS", "Agreed", "Pool", "rest_seconds"]

T = TypeVar("T")

_WELL: Final = (EndpointRefusedError, EndpointBehindError, ReorgTooDeepError)  # it answers, and not what is wanted
FAULTS: Final = (EndpointSilentError, EndpointGarbledError, WrongNetworkError, *_WELL)
_FIRST_REST, _LONGEST_REST = 0.5, 60.0
_CHECKED_SECONDS: Final = 600.0  # so long a network stays checked


@dataclass(frozen=True, slots=True)
class Agreed(Generic[T]):
    """What as many endpoints said alike as have to; ``faults`` are those of the others, liars named."""

    value: T
    by: tuple[str, ...]
    faults: tuple[JinkuError, ...] = ()


@dataclass(slots=True)
class _State:
    failures: int = 0
    rests_until: float = 0.0
    checked_until: float = -1.0


class Pool:
    """The endpoints of one chain in the order of the settings; ``quorum`` of them have to agree."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        quorum: int,
        *,
        network: tuple[object, ...],
        identify: Callable[[Endpoint], tuple[object, ...]],
        clock: Clock,
        random: Callable[[], float],
    ) -> None:
        """``identify`` asks an endpoint for its network, which has to be ``network``; ``random`` gives 0 to 1."""
        if not len(endpoints) < 2 * quorum <= 2 * len(endpoints):
            raise ValueError("a quorum is more than half of the endpoints, and not more than there are")
        self._endpoints = tuple(endpoints)
        self.quorum = quorum
        self._network = network
        self._identify = identify
        self._clock = clock
        self._random = random
        self._states = {endpoint.name: _State() for endpoint in endpoints}

    def first(self, ask: Callable[[Endpoint], T]) -> tuple[T, str]:
        """The answer of the first endpoint that gives one, and its name; else the gravest of the faults."""
        faults: list[JinkuError] = []
        for endpoint in self._awake():
            try:
                return self._asked(endpoint, ask), endpoint.name
            except FAULTS as error:
                faults.append(error)
        raise self._worst(faults)

    def each(self, ask: Callable[[Endpoint], T]) -> list[tuple[str, T | JinkuError]]:
        """What each endpoint that does not rest says, or its fault; EndpointsRestError when all rest."""
        found: list[tuple[str, T | JinkuError]] = []
        for endpoint in self._awake():
            try:
                found.append((endpoint.name, self._asked(endpoint, ask)))
            except FAULTS as error:
                found.append((endpoint.name, error))
        if not found:
            raise self._worst([])
        return found

    def several(self, ask: Callable[[Endpoint], T]) -> list[T]:
        """What all that answer say, a quorum of them at least; else the gravest of the faults is raised."""
        said = self.each(ask)
        found = [value for _, value in said if not isinstance(value, JinkuError)]
        if len(found) < self.quorum:
            raise self._worst([fault for _, fault in said if isinstance(fault, JinkuError)])
        return found

    def reached(self, ask: Callable[[Endpoint], int]) -> int:
        """The most that each of a quorum has come to: one that runs ahead, or is late, does not move it."""
        return sorted(self.several(ask), reverse=True)[self.quorum - 1]

    def agree(self, ask: Callable[[Endpoint], T]) -> Agreed[T]:
        """What a quorum says alike. No more are asked than have to be, unless one contradicts: then all are.

        EndpointsDisagreeError names who said what; too few answers raise the gravest of the faults.
        """
        votes: list[tuple[T, list[str]]] = []
        faults: list[JinkuError] = []
        for endpoint in self._awake():
            if len(votes) == 1 and len(votes[0][1]) >= self.quorum:
                break
            try:
                value = self._asked(endpoint, ask)
            except FAULTS as error:
                faults.append(error)
                continue
            names = next((names for said, names in votes if said == value), None)
            if names is None:
                votes.append((value, [endpoint.name]))
            else:
                names.append(endpoint.name)
        won = next((vote for vote in votes if len(vote[1]) >= self.quorum), None)
        if won is None and len(votes) > 1:
            raise _disagreement(votes, faults)
        if won is None:
            raise self._worst(faults)
        faults += [self._contradicts(name, said, won[0]) for said, names in votes if said != won[0] for name in names]
        return Agreed(won[0], tuple(won[1]), tuple(faults))

    def check(self) -> tuple[tuple[str, JinkuError | None], ...]:
        """Each endpoint and why it does not serve; those that rest are asked, too."""
        found: list[tuple[str, JinkuError | None]] = []
        for endpoint in self._endpoints:
            self._states[endpoint.name] = _State()
            try:
                self._asked(endpoint, lambda _: None)
            except FAULTS as error:
                found.append((endpoint.name, error))
            else:
                found.append((endpoint.name, None))
        return tuple(found)

    def _awake(self) -> Iterator[Endpoint]:
        for endpoint in self._endpoints:
            if self._states[endpoint.name].rests_until <= self._clock.monotonic_seconds():
                yield endpoint

    def _asked(self, endpoint: Endpoint, ask: Callable[[Endpoint], T]) -> T:
        state = self._states[endpoint.name]
        try:
            if state.checked_until < self._clock.monotonic_seconds():
                self._check_network(endpoint)
                state.checked_until = self._clock.monotonic_seconds() + _CHECKED_SECONDS
            value = ask(endpoint)
        except FAULTS as error:
            if not isinstance(error, _WELL):
                self._rest(state)
            raise
        state.failures = 0
        return value

    def _rest(self, state: _State) -> None:
        state.failures += 1
        state.checked_until = -1.0  # whoever comes back under that address may be another
        state.rests_until = self._clock.monotonic_seconds() + rest_seconds(state.failures, self._random())

    def _check_network(self, endpoint: Endpoint) -> None:
        found = self._identify(endpoint)
        if found != self._network:
            raise WrongNetworkError(
                "an endpoint is on another network",
                found=f"{endpoint.name}: {_words(found)}",
                expected=_words(self._network),
                advice="name an endpoint of that network, or correct the settings; it was asked nothing else",
                fields={"endpoint": endpoint.name},
            )

    def _contradicts(self, name: str, said: object, right: object) -> JinkuError:
        self._rest(self._states[name])
        return EndpointContradictsError(
            "an endpoint contradicts the others",
            found=f"{name}: {_short(said)}",
            expected=f"{_short(right)}, as {self.quorum} others or more say",
            advice="find out whether it lags or lies",
            fields={"endpoint": name},
        )

    def _worst(self, faults: list[JinkuError]) -> JinkuError:
        if not faults:
            now = self._clock.monotonic_seconds()
            waits = [max(0.0, state.rests_until - now) for state in self._states.values()]
            return EndpointsRestError(
                "too few endpoints are to be asked now",
                found=f"{sum(wait > 0 for wait in waits)} of {len(waits)} rest after failures",
                expected=f"{self.quorum} that answer",
                advice=f"try again in {max(waits):.1f} s",
                fields={"retry_ms": round(max(waits) * 1000)},
            )
        faults = sorted(faults, key=lambda fault: not isinstance(fault, IntegrityError))
        for other in faults[1:]:
            faults[0].add_note(other.message)
        return faults[0]


def rest_seconds(failures: int, chance: float) -> float:
    """How long an endpoint rests after so many failures in a row: half of a doubling bound, and a part of the rest."""
    bound = min(_LONGEST_REST, _FIRST_REST * 2.0 ** min(failures, 30))
    return bound / 2 + bound / 2 * chance


def _disagreement(votes: list[tuple[T, list[str]]], faults: list[JinkuError]) -> JinkuError:
    error = EndpointsDisagreeError(
        "endpoints contradict each other",
        found="; ".join(f"{', '.join(names)}: {_short(said)}" for said, names in votes),
        expected="a quorum that says the same",
        advice="wait a moment, for one may lag; if it stays so, find the liar and take it out of the settings",
        fields={"endpoints": ", ".join(name for _, names in votes for name in names)},
    )
    for fault in faults:
        error.add_note(fault.message)
    return error


def _words(network: tuple[object, ...]) -> str:
    return " with block 0 ".join(map(str, network))


def _short(value: object) -> str:
    return ascii(value)[:200]
