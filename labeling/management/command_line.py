"""What the commands share: names turned into rows, refusals turned into exit statuses.

Exit status: 0 done; 1 refused, or nothing usable; 2 wrong arguments, also names of what does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from labeling.bucket import StorageUnreachable
from labeling.models import Workspace
from labeling.services.refusals import Refused

REFUSED = 1
WRONG_ARGUMENTS = 2


def wrong(message: str) -> CommandError:
    """To be raised where an argument is not what it should be."""
    return CommandError(message, returncode=WRONG_ARGUMENTS)


def refused(message: str) -> CommandError:
    """To be raised where the arguments are right and the thing can't be done."""
    return CommandError(message, returncode=REFUSED)


@contextmanager
def refusals_end_the_command() -> Iterator[None]:
    """A service's refusal is for the person at the terminal: one line, no traceback."""
    try:
        yield
    except (Refused, StorageUnreachable) as problem:
        raise refused(str(problem)) from None


def workspace_named(name: str) -> Workspace:
    workspace = Workspace.objects.filter(name=name).first()
    if workspace is None:
        known = ", ".join(Workspace.objects.values_list("name", flat=True)[:10])
        raise wrong(f"There is no workspace named {name!r}. " + (f"There are: {known}." if known else "import_data makes one."))
    return workspace


def user_named(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise wrong(f"There is no account named {name!r}. Add the person on the workspace's members page first.")
    return user


def writable_path(text: str) -> Path:
    """A file that is to be written. Found out before hours of work, not after them."""
    path = Path(text)
    if not path.absolute().parent.is_dir():
        raise wrong(f"{text}: there is no folder {path.absolute().parent}. Make it first.")
    return path
