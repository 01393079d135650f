"""What was asked of the signer before, by whoever is gone now, is over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from jinku.custody.checking import FileTeller
from jinku.custody.errors import SignerAbsentError, SignerTimeoutError, SignerUnavailableError, VaultNotFoundError
from jinku.custody.ports import SecretFd, Signer, Verb

__all__ = ["has_passed"]

_NO_VAULT = "00000000-0000-7000-8000-000000000000"


def has_passed(signer: Signer, teller: FileTeller) -> bool:
    """True when no change that somebody asked for runs any more, and none will whose asker is gone.

    The signer opens one secret and writes one file at a time, and changes nothing for a caller that hung up. So a
    vault that it does not have is asked for: it says so when its turn has come. SignerTimeoutError when it hangs.
    """
    try:
        teller(_NO_VAULT)
    except SignerAbsentError:
        return True  # what ran, ran in a process that ended
    except SignerTimeoutError:
        raise
    except SignerUnavailableError:
        return False
    except VaultNotFoundError:
        pass
    try:
        with _anything() as given:
            signer.unlock_vault(_NO_VAULT, given, (Verb.DESCRIBE,), 1)
    except VaultNotFoundError:
        return True
    except SignerUnavailableError:
        return False  # a long queue: the next command looks again
    return False


@contextmanager
def _anything() -> Iterator[SecretFd]:
    """A text where a passphrase belongs; it is tried on nothing."""
    reader, writer = os.pipe2(os.O_CLOEXEC)
    try:
        os.write(writer, b"-")
        os.close(writer)
        yield SecretFd(reader)
    finally:
        os.close(reader)
