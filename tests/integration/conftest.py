"""A workspace with people in it, and a data folder of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.models import Flag, ReviewAssignment, ReviewDraw, Workspace
from tests import factories
from tests.integration.real_site import real_site  # noqa: F401  a fixture
from tests.integration.small_uploads import import_files, small_files


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Path:
    """Where the store, originals, exports and runs of this test lie; gone after it."""
    folder = tmp_path / "data"
    folder.mkdir()
    settings.DATA_DIR = folder
    settings.TORCH_THREADS = 1  # several test runs may share a machine
    return folder


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Passwords of tests need no half second each to be made."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def workspace(db: None) -> Workspace:
    return factories.make_workspace()


@pytest.fixture
def imported(workspace: Workspace) -> Workspace:
    """The workspace with a small catalog and its waveforms."""
    import_files(workspace, small_files())
    return workspace


@pytest.fixture
def analyst(workspace: Workspace) -> User:
    return factories.make_analyst(workspace, "ana")


@pytest.fixture
def workspace_admin(workspace: Workspace) -> User:
    return factories.make_admin(workspace, "ada")


@pytest.fixture
def viewer(workspace: Workspace) -> User:
    return factories.make_viewer(workspace, "vic")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def analyst_client(analyst: User) -> Client:
    return signed_in(analyst)


@pytest.fixture
def workspace_admin_client(workspace_admin: User) -> Client:
    return signed_in(workspace_admin)


@pytest.fixture
def viewer_client(viewer: User) -> Client:
    return signed_in(viewer)


@pytest.fixture
def second_analyst(workspace):
    return factories.make_analyst(workspace, "ben")


@pytest.fixture
def flag(workspace):
    trace = factories.make_trace(factories.make_catalog(workspace))
    return factories.make_flag(factories.make_pick(trace, offset_s=10.0), shift_s=-0.62)


@pytest.fixture
def twice(flag: Flag) -> Flag:
    """The flag, drawn for double review."""
    draw = ReviewDraw.objects.create(
        flag_set=flag.flag_set, seed=1, threshold=0.5, blind_share=0, double_share=0.05, hidden_share=0, n_flagged=20, n_unflagged=80
    )
    ReviewAssignment.objects.create(draw=draw, flag=flag, purpose="double", is_flagged=True, inclusion_probability=0.05)
    return flag
