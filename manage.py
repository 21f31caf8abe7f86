#!/usr/bin/env python
"""Repick from the command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    if sys.version_info < (3, 11):  # noqa: UP036  whoever starts it with an older one should be told so
        sys.exit(f"Repick needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed for this Python. Run `make demo` or `make install` first, then use .venv/bin/python.")
    from django.db.utils import OperationalError, ProgrammingError

    from webapp.environment import EnvironmentProblem

    try:
        execute_from_command_line(sys.argv)
    except EnvironmentProblem as problem:
        sys.exit(str(problem))
    except (OperationalError, ProgrammingError) as problem:
        # In the words of SQLite and of PostgreSQL.
        first_line = str(problem).splitlines()[0]
        if not first_line.startswith(("no such table", "relation ")):
            raise
        sys.exit(f"The database is not set up yet ({first_line}). Run `python manage.py migrate` first; `demo` and `up` do so themselves.")


if __name__ == "__main__":
    main()
