"""The witnesses of the trust root, asked side by side: who cosigned, who knows another tree, who is silent."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

from jinku import _native
from jinku.core import JinkuError, UnavailableError
from jinku.journal import notes
from jinku.journal.adapters.witness_client import Place, WitnessClient
from jinku.journal.errors import WitnessQuorumError
from jinku.journal.ports import NoteVerifier
from jinku.journal.types import Cosigned, LogKeys, SignedCheckpoint

__all__ = ["HttpWitnesses", "Seen"]

SECONDS = 10.0  # by when all have to answer
GRACE_SECONDS = 1.0  # how long the others are waited for once enough have cosigned
_TRIES = 3  # a witness may be asked by two processes at once, and each moves its size

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Said(Generic[T]):
    place: Place
    value: T | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True, order=True)
class _Reply:
    lines: tuple[str, ...] = ()
    head: bytes = b""  # a note of the log's keys that does not fit what was submitted
    why: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one witness said when it was looked at: size and root that it cosigned last, or why it said nothing.

    Without either it answered, and knows no checkpoint of this log: nobody added the log there, or it was shown none.
    """

    name: str
    outside: bool
    size: int | None = None
    root: bytes = b""
    why: str = ""


def _by(said: Sequence[_Said[_Reply]]) -> tuple[str, ...]:
    """The outside witnesses whose cosignatures hold, each once."""
    return tuple(sorted(one.place.name for one in said if one.place.outside and one.value and one.value.lines))


def _silent(name: str, error: Exception) -> str:
    """Why a witness says nothing, in one clause: what to do stands in the refusal that names all of them.

    >>> _silent("w2", UnavailableError("the witness w2 does not answer", found="http://w2: Connection refused"))
    'w2 does not answer: http://w2: Connection refused'
    """
    if not isinstance(error, JinkuError):
        return f"{name}: {error or type(error).__name__}"
    text = f"{error.what}: {error.found}" if error.found else error.what
    return text.removeprefix("the witness ") if text.startswith(f"the witness {name} ") else f"{name}: {text}"


class HttpWitnesses:
    """Implements the ports ``Witnesses`` and ``Outside``: the last checkpoint that enough of them know."""

    near = False

    def __init__(  # noqa: PLR0917  one part each
        self,
        trust_root: bytes,
        needed: int,
        places: Sequence[Place],
        verifier: NoteVerifier,
        keys: LogKeys,
        seconds: float = SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        """``needed`` of the ``places`` have to cosign what ``trust_root`` stands behind."""
        self.name = "the witnesses"
        self.needed = needed
        self._trust_root = trust_root
        self._clients = [WitnessClient(place, seconds) for place in places]
        self._verifier = verifier
        self._keys = keys
        self._seconds = seconds
        self._grace = grace_seconds
        self._sizes: dict[str, int] = {}  # what each cosigned last, as far as this process knows

    def last(self) -> bytes | None:
        """The largest head of this log that a witness cosigned. WitnessQuorumError when too few outside ones answer."""
        said = self._ask(self._known, lambda found: len(found) == len(self._clients))
        silent = [_silent(one.place.name, one.error) for one in said if one.error is not None]
        silent += self._unheard({one.place.name for one in said})
        if sum(one.place.outside and one.error is None for one in said) < self.needed:
            raise WitnessQuorumError(
                "too few witnesses answer; nothing is signed",
                found="; ".join(silent),
                expected=f"{self.needed} of {sum(client.place.outside for client in self._clients)} from outside",
                advice="the entries are safe, and the next run asks again; look after the witnesses: one that moved, "
                "jinku trust url NAME URL",
            )
        heads = [one.value for one in said if one.value is not None]
        for one in said:
            if one.value is not None:
                self._sizes[one.place.name] = one.value.size
        largest = max(heads, key=lambda head: head.size, default=None)
        return largest.note if largest else None

    def look(self) -> tuple[Seen, ...]:
        """Each witness as it answers now; nothing is submitted, and nothing follows from it."""
        said = {one.place.name: one for one in self._ask(self._known, lambda found: len(found) == len(self._clients))}
        return tuple(self._seen(client.place, said.get(client.place.name)) for client in self._clients)

    @staticmethod
    def _seen(place: Place, said: _Said[SignedCheckpoint | None] | None) -> Seen:
        if said is None or said.error is not None:
            error = None if said is None else said.error
            why = (error.found or error.what) if isinstance(error, JinkuError) else str(error or "no answer in time")
            return Seen(place.name, place.outside, why=why[:200])
        head = said.value
        return (
            Seen(place.name, place.outside) if head is None else Seen(place.name, place.outside, head.size, head.root)
        )

    def remember(self, signed: SignedCheckpoint) -> None:
        """Nothing: who cosigned has remembered it."""

    def cosign(self, signed: SignedCheckpoint, proof_from: Callable[[int], list[bytes]]) -> Cosigned:
        """Every line that a witness of the trust root gave and that holds, and the heads that contradict."""
        one_at_a_time = Lock()

        def proof(old: int) -> list[bytes]:
            with one_at_a_time:
                return proof_from(old)

        def enough(found: Sequence[_Said[_Reply]]) -> bool:
            return len(_by(found)) >= max(1, self.needed)

        said = self._ask(lambda client: self._submit(client, signed, proof), enough)
        replies = [(one.place.name, one.value) for one in said if one.value is not None]
        heads = tuple((name, reply.head) for name, reply in replies if reply.head)
        silent = [f"{name}: {reply.why}" for name, reply in replies if not reply.lines]
        silent += [_silent(one.place.name, one.error) for one in said if one.error is not None]
        silent += self._unheard({one.place.name for one in said})
        lines = "".join(line for _, reply in sorted(replies) for line in reply.lines)
        note, by = signed.note + lines.encode(), _by(said)
        if self.needed and len(by) >= self.needed:
            _native.check_trusted_checkpoint(self._trust_root, note)  # as every verifier will
        return Cosigned(note, by, heads, tuple(silent))

    def _unheard(self, heard: set[str]) -> list[str]:
        late = [client.place.name for client in self._clients if client.place.name not in heard]
        return [f"{name}: no answer in time" for name in late]

    def _known(self, client: WitnessClient) -> SignedCheckpoint | None:
        """What this witness cosigned last, if the log's own keys signed it: else it said nothing about the log."""
        note = client.latest(self._keys.origin)
        if note is None:
            return None
        try:
            self._verifier.verify(note, self._keys)
            head = notes.read_note(note)
        except JinkuError as error:
            raise UnavailableError(
                "it shows a checkpoint that the log did not sign", found=error.what, expected="its lines"
            ) from error
        if head.checkpoint.origin != self._keys.origin:
            raise UnavailableError(
                "it shows the checkpoint of another log", found=head.checkpoint.origin, expected=self._keys.origin
            )
        return head

    def _submit(self, client: WitnessClient, signed: SignedCheckpoint, proof: Callable[[int], list[bytes]]) -> _Reply:
        old, why = min(self._sizes.get(client.place.name, 0), signed.size), ""
        for _ in range(_TRIES):
            answer = client.add_checkpoint(_native.make_submission(old, proof(old), signed.note))
            why, known = answer.brief, answer.size()
            if answer.status == 200:
                lines = self._lines(client.place, signed, answer.body)
                self._sizes[client.place.name] = signed.size
                return _Reply(lines)
            if known is None or known == old or known > signed.size:
                break
            old = known
        return self._contradicted(client, why)

    def _contradicted(self, client: WitnessClient, why: str) -> _Reply:
        """It did not cosign: what it knows may say why."""
        with suppress(UnavailableError):
            head = self._known(client)
            if head is not None:
                return _Reply(head=head.note, why=why)
        return _Reply(why=why)

    def _lines(self, place: Place, signed: SignedCheckpoint, body: bytes) -> tuple[str, ...]:
        """The lines of this witness's own keys, each of which holds: one a key, however often it repeats them."""
        ids = {(name, bytes.fromhex(number)) for name, number, _ in (key.split("+", 2) for key in place.keys)}
        try:
            text = body.decode().splitlines(keepends=True)
            found = notes.signature_lines(signed.note + body)[-len(text) :] if text else []
            once: dict[tuple[str, bytes], str] = {}
            for one, line in zip(found, text, strict=True):
                if (one.name, one.key_id) in ids:
                    once.setdefault((one.name, one.key_id), line)
            own = tuple(once.values())
            _, by = _native.verify_note(signed.note + "".join(own).encode(), list(place.keys))
        except (JinkuError, ValueError) as error:
            raise UnavailableError(
                "its cosignature does not hold", found=error, expected="lines of its keys"
            ) from error
        if not all(at for _, at in by):
            raise UnavailableError(
                "its cosignature states no time", expected="one: else it says nothing of the largest tree"
            )
        return own

    def _ask(self, ask: Callable[[WitnessClient], T], enough: Callable[[Sequence[_Said[T]]], bool]) -> list[_Said[T]]:
        """What each said by the moment that all have; once it is enough, the others have little time left.

        From daemon threads: one that never answers holds neither this call nor the end of the process.
        """
        answers: SimpleQueue[_Said[T]] = SimpleQueue()

        def run(client: WitnessClient) -> None:
            try:
                answers.put(_Said(client.place, ask(client)))
            except Exception as error:  # noqa: BLE001  of a thread: told where it was asked for
                answers.put(_Said(client.place, None, error))

        for client in self._clients:
            Thread(target=run, args=(client,), name=f"ask {client.place.name}", daemon=True).start()
        found: list[_Said[T]] = []
        deadline, met = time.monotonic() + self._seconds, False
        with suppress(Empty):
            while len(found) < len(self._clients):
                one = answers.get(timeout=max(0.0, deadline - time.monotonic()))
                if one.error is not None and not isinstance(one.error, UnavailableError):
                    raise one.error  # our own tiles, most likely
                found.append(one)
                if not met and enough(found):
                    met, deadline = True, min(deadline, time.monotonic() + self._grace)
        return found
