"""Where test vectors lie: the folder of JINKU_VECTORS, the one beside the repository, or the committed subset."""

import gzip
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
SUBSET = Path(__file__).parent / "data"


CI = os.environ.get("CI") == "true"


@cache
def folder() -> Path:
    full = Path(os.environ.get("JINKU_VECTORS", REPOSITORY.parent / "shared" / "vectors"))
    if full.is_dir():
        return full
    if CI:
        raise FileNotFoundError(f"CI needs the full vectors, and {full} is no folder: set JINKU_VECTORS")
    print(f"vectors: {full} is absent; the committed subset in tests/vectors/data runs instead")
    return SUBSET


def read(name: str) -> Any:
    """The JSON of one vector file, such as ``bitcoin/bip84.json``; ``.gz`` is unpacked."""
    data = (folder() / name).read_bytes()
    return json.loads(gzip.decompress(data) if name.endswith(".gz") else data)


def enough(rows: list[Any], full: int) -> list[Any]:
    """The rows, after all of them are there; of the committed subset at least one is asked for."""
    assert len(rows) >= (1 if folder() == SUBSET else full)
    return rows
