from __future__ import annotations

import stat
from pathlib import Path

import pytest

from webapp import environment
from webapp.environment import EnvironmentProblem


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1", True), ("On", True), ("no", False), ("0", False), ("", True)])
def test_a_flag_is_read_from_the_usual_words(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool):
    monkeypatch.setenv("REPICK_TEST_FLAG", value)
    assert environment.flag("REPICK_TEST_FLAG", default=True) is expected


def test_a_flag_with_another_word_names_the_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REPICK_HTTPS", "maybe")
    with pytest.raises(EnvironmentProblem, match=r"REPICK_HTTPS is 'maybe'\. Set it to true or false"):
        environment.flag("REPICK_HTTPS", default=False)


def test_a_number_that_is_none_names_the_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REPICK_STALE_S", "half a minute")
    with pytest.raises(EnvironmentProblem, match=r"REPICK_STALE_S is 'half a minute'\. Set it to a whole number such as 30"):
        environment.whole_number("REPICK_STALE_S", 30)


def test_a_number_that_is_not_set_takes_its_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("REPICK_STALE_S", raising=False)
    assert environment.whole_number("REPICK_STALE_S", 30) == 30


def test_hosts_are_split_at_commas(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REPICK_ALLOWED_HOSTS", "repick.example.org, 10.0.0.1,")
    assert environment.words("REPICK_ALLOWED_HOSTS") == ["repick.example.org", "10.0.0.1"]


@pytest.mark.parametrize("address", ["nonsense", "oracle9://host/name"])
def test_what_is_no_database_names_the_variable_and_shows_no_password(monkeypatch: pytest.MonkeyPatch, address: str):
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(EnvironmentProblem, match="DATABASE_URL is no database's address"):
        environment.database("DATABASE_URL", "sqlite:///x")


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "")
    assert environment.database("DATABASE_URL", "sqlite:///x")["ENGINE"] == "django.db.backends.sqlite3"
    assert environment.text("DATABASE_URL", "x") == "x"


def test_a_secret_key_is_made_once_and_kept_for_its_owner_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("REPICK_SECRET_KEY", raising=False)
    made = environment.secret_key(tmp_path / "data", may_make_one=True)
    assert len(made) >= 50
    assert environment.secret_key(tmp_path / "data", may_make_one=True) == made
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def test_a_given_secret_key_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("REPICK_SECRET_KEY", "given")
    assert environment.secret_key(tmp_path, may_make_one=False) == "given"


def test_a_deployment_without_a_secret_key_names_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("REPICK_SECRET_KEY", raising=False)
    with pytest.raises(EnvironmentProblem, match="REPICK_SECRET_KEY is not set"):
        environment.secret_key(tmp_path, may_make_one=False)


def test_a_folder_that_cannot_be_made_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentProblem, match="file/data can't be made: Not a directory. Set REPICK_DATA_DIR to another one"):
        environment.make_folder(tmp_path / "file" / "data")
