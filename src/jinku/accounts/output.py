"""Files of addresses: Parquet, CSV, JSON lines. A file appears under its name whole and fsynced, or not at all."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring_ascii as quote
from pathlib import Path
from typing import IO, Any

from jinku.accounts.errors import BadRequestError
from jinku.accounts.proving import Proven
from jinku.core import Id, UnavailableError

__all__ = ["COLUMNS", "write_addresses", "write_file"]

COLUMNS = ("account", "index", "chain", "family", "kind", "address", "path", "fingerprint")


def write_addresses(out: Path, batches: Iterable[Proven]) -> int:
    """``out`` holds a row for each address of the proven batches; the number of rows. The suffix names the format."""
    writers: dict[str, Callable[[IO[bytes], Iterable[Proven]], int]] = {
        ".parquet": _parquet,
        ".csv": _csv,
        ".jsonl": _jsonl,
    }
    writer = writers.get(out.suffix)
    if writer is None:
        raise BadRequestError(
            "the format of the file is not known",
            found=out.name,
            expected=" or ".join(f"*{suffix}" for suffix in writers),
        )
    return write_file(out, lambda file: writer(file, batches))


def write_file(out: Path, fill: Callable[[IO[bytes]], int]) -> int:
    """``out`` is what ``fill`` wrote, 0600 and fsynced; what stood there before stays if anything fails."""
    fresh = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb") as file:  # noqa: PTH123
            rows = fill(file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(out)
        folder = os.open(out.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise UnavailableError(
            f"{out} could not be written",
            found=error.strerror or str(error),
            advice="nothing is lost: free space or choose another file, then run the export again",
            code="output.failed",
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
    return rows


def _lines(proven: Proven) -> Iterable[tuple[str, int, int]]:
    """(account id, index, place) of each account."""
    start = proven.batch.start
    for place, raw in enumerate(proven.ids):
        yield str(Id(raw)), start + place, place


def _csv(file: IO[bytes], batches: Iterable[Proven]) -> int:
    rows = 0
    text = _Text(file)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for proven in batches:
        forms = list(enumerate(proven.job.forms))
        for account, index, place in _lines(proven):
            for k, form in forms:
                writer.writerow(
                    (
                        account,
                        index,
                        form.chain,
                        form.family,
                        form.kind,
                        proven.columns[k][place],
                        proven.path(k, place),
                        proven.fingerprints[place],
                    )
                )
        rows += proven.batch.count * len(forms)
    return rows


def _jsonl(file: IO[bytes], batches: Iterable[Proven]) -> int:
    """The lines of ``AddressRow.as_document``, put together by hand: a third of the time of an encoder a row."""
    rows = 0
    for proven in batches:
        forms = [
            (k, f'"chain":{quote(form.chain)},"family":{quote(form.family)},"kind":{quote(form.kind)}')
            for k, form in enumerate(proven.job.forms)
        ]
        lines = [
            f'{{"account":"{account}","index":{index},{shape},"address":{quote(proven.columns[k][place])},'
            f'"path":{quote(proven.path(k, place))},"fingerprint":"{proven.fingerprints[place]}"}}\n'
            for account, index, place in _lines(proven)
            for k, shape in forms
        ]
        file.write("".join(lines).encode("ascii"))
        rows += len(lines)
    return rows


def _parquet(file: IO[bytes], batches: Iterable[Proven]) -> int:
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415  50 ms that only this format should pay
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415

    label = pa.dictionary(pa.int16(), pa.string())
    schema = pa.schema(
        [
            ("account", pa.string()),
            ("index", pa.int64()),
            ("chain", label),
            ("family", label),
            ("kind", label),
            ("address", pa.string()),
            ("path", pa.string()),
            ("fingerprint", pa.string()),
        ]
    )
    rows = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for proven in batches:
            table = _table(proven, schema)
            writer.write_table(table)
            rows += table.num_rows
    return rows


def _table(proven: Proven, schema: Any) -> Any:
    """One batch, account by account, its forms in order."""
    import pyarrow as pa  # noqa: PLC0415

    forms, count = proven.job.forms, proven.batch.count
    width, accounts = len(forms), list(_lines(proven))

    def spread(values: list[object]) -> list[object]:
        return [value for value in values for _ in range(width)]

    def by_form(name: str) -> Any:
        return pa.array([getattr(form, name) for form in forms] * count, pa.dictionary(pa.int16(), pa.string()))

    flat: list[str] = [""] * (count * width)
    paths: list[str] = [""] * (count * width)
    for place, column in enumerate(proven.columns):
        flat[place::width] = column
        paths[place::width] = [proven.path(place, n) for n in range(count)]
    return pa.table(
        [
            spread([account for account, _, _ in accounts]),
            spread([index for _, index, _ in accounts]),
            by_form("chain"),
            by_form("family"),
            by_form("kind"),
            flat,
            paths,
            spread(list(proven.fingerprints)),
        ],
        schema=schema,
    )


class _Text:
    """A text face over a binary file for the csv module; closing it is left to the file's owner."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())
