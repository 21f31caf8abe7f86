"""Workspaces and the people in them."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from labeling.models import Membership, Workspace
from labeling.services.refusals import Conflict, Forbidden, Refused


def create_workspace(*, name: str, by: User | None) -> Workspace:
    """A new, empty workspace. Who makes it becomes its admin; by: None for the command line."""
    title = " ".join(name.split())
    if not title or len(title) > 120:
        raise Refused("bad_name", "A workspace needs a name of 1 to 120 characters.", fields={"name": ["Give 1 to 120 characters."]})
    try:
        with transaction.atomic():
            workspace = Workspace.objects.create(name=title, slug=_free_slug(title))
            if by is not None:
                Membership.objects.create(workspace=workspace, user=by, role=Membership.Role.ADMIN)
    except IntegrityError:
        raise Conflict("name_taken", f"There is a workspace named {title} already. Choose another name.") from None
    return workspace


def _free_slug(name: str) -> str:
    """The name as part of an address; numbered where two names come to the same."""
    base = slugify(name)[:120] or "workspace"
    taken = set(Workspace.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{base}-{number}") not in taken)


@transaction.atomic
def add_member(*, workspace: Workspace, username: str, role: str, by: User, password: str | None = None) -> Membership:
    """Adds a person. Somebody new gets an account with the password; for an existing account the password is not touched."""
    _require_admin(workspace, by)
    _require_role(role)
    user = User.objects.filter(username=username.strip()).first() or _new_account(username.strip(), password)
    membership, is_new = Membership.objects.get_or_create(workspace=workspace, user=user, defaults={"role": role})
    if not is_new:
        raise Conflict("member_already", f"{user} is a member of {workspace} already. Change the role in the list.")
    return membership


def _new_account(username: str, password: str | None) -> User:
    if not password:
        raise Refused(
            "password_needed",
            f"There is no account named {username!r} yet. Give a first password to make one.",
            fields={"password": ["Needed."]},
        )
    user = User(username=username)
    try:
        user.full_clean(exclude=["password"])
        validate_password(password, user)
    except ValidationError as problem:
        raise Refused("bad_account", " ".join(problem.messages)) from None
    user.set_password(password)
    user.save()
    return user


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: User) -> Membership:
    """Gives a member another role. The last admin stays one."""
    _lock(membership.workspace)
    _require_admin(membership.workspace, by)
    _require_role(role)
    if role != Membership.Role.ADMIN:
        _require_another_admin(membership)
    Membership.objects.filter(pk=membership.pk).update(role=role)
    membership.refresh_from_db()
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, by: User) -> None:
    """Takes a person out of the workspace. The account and all decisions stay; the last admin can't be removed."""
    _lock(membership.workspace)
    _require_admin(membership.workspace, by)
    _require_another_admin(membership)
    membership.delete()


@transaction.atomic
def set_flag_threshold(*, workspace: Workspace, threshold: float, by: User) -> Workspace:
    """From which P(mislabelled) on a pick counts as flagged. It changes what is queued, never what was scored."""
    if workspace.role_of(by) not in (Membership.Role.ADMIN, Membership.Role.ANALYST):
        raise Forbidden("role_too_low", f"Only analysts and admins of {workspace} set its flag threshold.")
    if not 0 <= threshold <= 1:
        raise Refused("bad_threshold", f"{threshold} is no probability. Give a number from 0 to 1.")
    Workspace.objects.filter(pk=workspace.pk).update(flag_threshold=threshold)
    workspace.refresh_from_db()
    return workspace


def _lock(workspace: Workspace) -> None:
    """Two admins who remove each other at once must not both succeed."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)


def _require_admin(workspace: Workspace, by: User) -> None:
    if workspace.role_of(by) != Membership.Role.ADMIN:
        raise Forbidden("not_admin", f"Only an admin of {workspace} changes its members.")


def _require_role(role: str) -> None:
    if role not in Membership.Role.values:
        raise Refused("unknown_role", f"{role!r} is no role. Choose one of {', '.join(Membership.Role.values)}.")


def _require_another_admin(membership: Membership) -> None:
    others = Membership.objects.filter(workspace=membership.workspace, role=Membership.Role.ADMIN).exclude(pk=membership.pk)
    if membership.role == Membership.Role.ADMIN and not others.exists():
        raise Conflict("last_admin", f"{membership.user} is the last admin of {membership.workspace}. Make somebody else an admin first.")
