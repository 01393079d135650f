"""The URL of a database is read strictly, and its password stands in nothing that is shown."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinku.store import DatabaseUrl, DatabaseUrlError


@pytest.mark.parametrize(
    ("text", "shown", "words"),
    [
        ("postgresql://h/d", "postgresql://h/d", {"host": "h", "dbname": "d"}),
        ("postgres://u@h:5/d", "postgresql://u@h:5/d", {"user": "u", "host": "h", "port": "5", "dbname": "d"}),
        ("postgresql://u:p%40@h/d", "postgresql://u@h/d", {"user": "u", "password": "p@", "host": "h", "dbname": "d"}),
        ("postgresql://[::1]:5433/d", "postgresql://::1:5433/d", {"host": "::1", "port": "5433", "dbname": "d"}),
        ("postgresql:///d?host=/run/pg", "postgresql:///run/pg/d", {"host": "/run/pg", "dbname": "d"}),
        ("postgresql://a,b:6/d", "postgresql://a,b:6/d", {"host": "a,b", "port": ",6", "dbname": "d"}),
        ("postgresql://h/d?password=p", "postgresql://h/d", {"host": "h", "dbname": "d", "password": "p"}),
        ("postgresql://h/d?sslmode=require", "postgresql://h/d", {"host": "h", "dbname": "d", "sslmode": "require"}),
    ],
)
def test_what_libpq_is_told(text: str, shown: str, words: dict[str, str]) -> None:
    url = DatabaseUrl.parse(text)
    assert (str(url), url.words, url.allows_loss) == (shown, words, False)


def test_our_own_option_is_not_libpqs() -> None:
    url = DatabaseUrl.parse("postgresql://h/d?jinku_not_durable=1")
    assert url.allows_loss
    assert "jinku_not_durable" not in url.words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sqlite:///x.db",
        "mysql://u:geheim@h/d",
        "postgresql:/h/d",
        "postgresql://u:geheim@h",
        "postgresql://u:geh/eim@h/d",
        "postgresql://u:geh@eim@h/d",
        "postgresql://u:geh?eim@h/d",
        "postgresql://u:geh#eim@h/d",
        "postgresql://u:12/geheim@h/d",
        "postgresql://u:geheim@h:port/d",
        "postgresql://u:geheim@h/d/e",
        "postgresql://u:geheim@h/d?x",
        "postgresql://u:geheim @h/d",
    ],
)
def test_what_could_mean_two_things_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        DatabaseUrl.parse(text)
    assert caught.value.exit_code == 2
    for part in ("geh", "eim", "12"):
        assert part not in str(caught.value)


@given(st.text(min_size=1, max_size=30).filter(lambda text: "\x00" not in text and text.isprintable()))
def test_a_password_goes_in_whole_and_comes_out_nowhere(password: str) -> None:
    escaped = "".join(f"%{byte:02x}" for byte in password.encode())
    url = DatabaseUrl.parse(f"postgresql://u:{escaped}@h/d")
    assert url.words["password"] == password
    assert (str(url), repr(url)) == ("postgresql://u@h/d", "DatabaseUrl('postgresql://u@h/d')")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(DatabaseUrlError):
        url = DatabaseUrl.parse("postgresql://" + text)
        assert url.words.get("dbname") or url.words["service"]
