"""Settings that come from the environment, each read by one function that names the variable when it is wrong."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import dj_database_url


class EnvironmentProblem(Exception):
    """A variable is missing or wrong; the text names it and says what it takes."""


def text(name: str, default: str = "") -> str:
    """An empty variable is as good as none: compose files hand on as empty what is not set."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if value == "":
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise EnvironmentProblem(f"{name} is {value!r}. Set it to true or false.")


def whole_number(name: str, default: int) -> int:
    value = text(name)
    if value == "":
        return default
    try:
        return int(value)
    except ValueError:
        raise EnvironmentProblem(f"{name} is {value!r}. Set it to a whole number such as {default}.") from None


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def folders(name: str) -> dict[str, Path]:
    """`name=path, name=path`: existing folders by the names that people call them by."""
    found = {}
    for word in words(name):
        called, _, path = word.partition("=")
        folder = Path(path.strip())
        if not re.fullmatch(r"[\w-]+", called.strip()) or not folder.is_absolute():
            raise EnvironmentProblem(f"{name} is {text(name)!r}. Give each folder a name: sds=/srv/archive, old=/srv/old.")
        found[called.strip()] = folder.resolve()
    return found


def addresses(name: str) -> dict[str, str]:
    """`name=address, name=address`: web addresses by the names that people call them by."""
    found = {}
    for word in words(name):
        called, _, address = word.partition("=")
        if not re.fullmatch(r"[\w-]+", called.strip()) or not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", address.strip()):
            raise EnvironmentProblem(f"{name} is {text(name)!r}. Give each address a name: own=https://fdsn.example.org.")
        found[called.strip()] = address.strip().rstrip("/")
    return found


def bucket(name: str) -> str:
    address = text(name)
    if address and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s?#]*)?", address):
        raise EnvironmentProblem(f"{name} is {address!r}. Write s3://bucket or s3://bucket/prefix.")
    return address


def database(name: str, default: str) -> dj_database_url.DBConfig:
    try:
        return dj_database_url.parse(text(name, default), conn_max_age=60, conn_health_checks=True)
    except ValueError:
        raise EnvironmentProblem(f"{name} is no database's address. Set it to one such as postgres://user:password@host/name.") from None


def make_folder(folder: Path) -> None:
    """The data folder, where it is not there yet. Raises EnvironmentProblem with the reason where it can't be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise EnvironmentProblem(f"The folder {folder} can't be made: {problem.strerror}. Set REPICK_DATA_DIR to another one.") from None


def secret_key(data_dir: Path, *, may_make_one: bool) -> str:
    """REPICK_SECRET_KEY, or, on a single machine, one made at the first start and kept in the data folder."""
    given = text("REPICK_SECRET_KEY")
    if given:
        return given
    if not may_make_one:
        raise EnvironmentProblem("REPICK_SECRET_KEY is not set. Give every web and worker host the same long random text.")
    path = data_dir / "secret_key"
    if not path.exists():
        make_folder(data_dir)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if os.fstat(descriptor).st_size == 0:
            os.write(descriptor, secrets.token_urlsafe(50).encode())
        os.close(descriptor)
    return path.read_text().strip()
