"""The last act: an auditor with a trust root, a receipt and a copy of the log, and none of Jinku's word for it."""

from __future__ import annotations

import ast
import json
import shutil
import sys
from pathlib import Path

from rich.text import Text

import jinku
from demo.acts import Play

__all__ = ["TRUST_ROOT", "auditor", "sixth"]

TRUST_ROOT = "trust-root.json"
_VERIFIER = Path(jinku.__file__).parent / "journal" / "verifier" / "verify.py"


def auditor(play: Play) -> Path:
    """The auditor's folder: what they were handed, and nothing else."""
    return play.work / "auditor"


def sixth(play: Play) -> None:
    """The log is whole; a receipt holds without jinku; one flipped byte in a copy is found and named."""
    stage, folder = play.stage, auditor(play)
    stage.act(
        6,
        "A record that strangers verify",
        """Each act above left entries in the [b]journal[/b]: what was done, to what, by which key. Its tree only ever
        grows, and is signed by keys that the signer keeps to itself. Read again, every entry, tile and row of it:""",
    )
    stage.run(["journal", "verify"])
    (log,) = stage.run(["journal", "checkpoint", "--json"], quiet=True).lines()
    size, waiting = int(str(log["size"])), int(str(log["waiting"]))
    stage.claim(waiting == 0 and size > 0, f"all {size:,} entries of this run stand under one signed root; none waits")
    _receipt(play, folder)
    _flip(play, folder)


def _receipt(play: Play, folder: Path) -> None:
    """verify.py, without jinku, believes the trust root of act 1 and finds one address proven."""
    stage = play.stage
    code = Path(shutil.copy(_VERIFIER, folder / "verify.py")).read_text(encoding="utf-8")
    imports = {name.split(".")[0] for name in _imports(code)}
    foreign = sorted(imports - set(sys.stdlib_module_names))
    address = play.tree.address(1, play.chance.randrange(play.accounts))
    stage.say(
        f"""Now without jinku. The auditor has [b]verify.py[/b] ({len(code.splitlines())} lines to read; beside the
        standard library it imports {" and ".join(foreign)}), the trust root that was exported in act 1, and its
        fingerprint. They ask for the receipt of one customer's Bitcoin address:"""
    )
    stage.run(["accounts", "prove", address], into=folder / "receipt.json")
    told = ["--trust-root", TRUST_ROOT, "--fingerprint", play.fingerprint]
    stage.audit(["verify.py", "receipt", "receipt.json", *told], folder)
    stage.claim(
        foreign == ["cryptography"], "the address is proven: signed for, logged, and all of it under one trust root"
    )
    receipt = json.loads((folder / "receipt.json").read_text())
    forged = address[:-1] + ("q" if address[-1] != "q" else "p")
    (folder / "forged.json").write_text(json.dumps(receipt | {"address": forged}))
    refused = stage.audit(["verify.py", "receipt", "forged.json", *told], folder, expect=5, quiet=True)
    stage.claim("BROKEN" in refused.err, "with one letter of the address changed it is refused: exit code 5")


def _imports(code: str) -> list[str]:
    """The modules that a program imports."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found


def _flip(play: Play, folder: Path) -> None:
    """One bit of any copied tile changes; the copy is refused by the name of that tile."""
    stage, copy = play.stage, folder / "log"
    shutil.copytree(play.settings.home / "journal", copy)
    tile = play.chance.choice([path for path in sorted((copy / "tile").rglob("*")) if path.is_file()])
    name, data = tile.relative_to(copy).as_posix(), bytearray(tile.read_bytes())
    at, bit = play.chance.randrange(len(data)), 1 << play.chance.randrange(8)
    before = data[at]
    data[at] ^= bit
    tile.write_bytes(data)
    stage.say("The log is plain files, so the auditor has a copy. In it the demo flips a single bit:")
    stage.show(Text(f"log/{name}   byte {at:,} of {len(data):,}: {before:02x} becomes {data[at]:02x}"))
    words = ["journal", "verify", "log", "--trust-root", TRUST_ROOT, "--fingerprint", play.fingerprint]
    stage.run(words, expect=5, cwd=folder, note="by the trust root alone: no home, no database, no signer")
    told = stage.run([*words, "--json"], expect=5, cwd=folder, quiet=True)
    stage.claim(name in told.err, f"found, named ({name}), and refused with exit code 5")
