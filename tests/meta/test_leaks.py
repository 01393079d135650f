"""Nothing tracked names a registry host or a folder of the machine it was written on."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Put together here, so that this file does not hold what it looks for.
HOSTS = (
    "pypi." + "org/simple",
    "index." + "crates.io",
    "registry." + "npmjs",
    "proxy." + "golang",
    "deb." + "debian.org",
)
FOLDERS = ("work", "root", "Users", "home/[a-z]+")
PATTERN = re.compile(
    "|".join([re.escape(host) for host in HOSTS] + [rf"(?<![\w.~}}\-*])/{folder}/" for folder in FOLDERS])
)
LOCKS = {"Cargo.lock", "uv.lock"}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and name not in LOCKS]


def leaks(text: str) -> list[str]:
    return [match.group() for match in PATTERN.finditer(text)]


def test_no_tracked_file_names_a_host_or_a_machine() -> None:
    found = []
    for path in tracked():
        if not path.is_file():
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {leak}" for leak in leaks(text)]
    assert not found, "\n".join(found)


def test_the_pattern_finds_what_it_is_for() -> None:
    assert leaks("see /wo" + "rk/main") == ["/wo" + "rk/"]
    assert leaks('"/ho' + 'me/ann/x"') == ["/ho" + "me/ann/"]
    assert leaks("https://" + HOSTS[0]) == [HOSTS[0]]
    assert leaks("frame/wo" + "rk/x and ~/wo" + "rk/x and {home}/wo" + "rk/") == []
    assert len(tracked()) > 20
