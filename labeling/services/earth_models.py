"""Velocity models that a workspace's admins bring in, made ready for TauP."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import IntegrityError, transaction

from labeling.files import earth_models_folder, working_folder
from labeling.models import EarthModel, Workspace
from labeling.seismo.build_earth_model import ModelNotBuilt, build_earth_model
from labeling.seismo.taup import EARTH_MODELS
from labeling.seismo.velocity_model import MOST_BYTES, ModelUnreadable, VelocityModel, read_velocity_model
from labeling.services.refusals import Conflict, Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
RESERVED = (*EARTH_MODELS, "off")
MOST_MODELS = 20


def add_earth_model(*, workspace: Workspace, name: str, file_name: str, content: bytes, by: User | None) -> EarthModel:
    """Reads, checks and builds a model, which takes some seconds and a minute at most. name: blank takes the file's."""
    file_name = PurePosixPath(file_name.replace("\\", "/")).name[:200]
    name = name.strip() or re.sub(r"[^A-Za-z0-9._-]+", "-", PurePosixPath(file_name).stem).strip("-._")[:40]
    if not NAME.fullmatch(name) or name.lower() in RESERVED:
        wanted = f"1 to 40 letters, digits, dots, hyphens or underscores, and none of {', '.join(RESERVED)}"
        raise Refused("name_invalid", f"{name!r} is no name for a model. Take {wanted}.", fields={"name": [f"Take {wanted}."]})
    if workspace.earth_models.filter(name=name).exists():
        raise Conflict(
            "name_taken", f"There is a model {name} already. Remove it first, or take another name.", fields={"name": ["Taken."]}
        )
    if workspace.earth_models.count() >= MOST_MODELS:
        raise Refused("too_many", f"A workspace may have {MOST_MODELS} models. Remove one first.")
    model = _read(content, file_name)
    sha256 = hashlib.sha256(model.nd.encode()).hexdigest()
    _build(model, sha256, file_name)
    try:
        with transaction.atomic():
            return EarthModel.objects.create(
                workspace=workspace, name=name, file_name=file_name, source=content.decode("utf-8", "replace").replace("\x00", ""),
                sha256=sha256, completed_from_km=model.completed_from_km, created_by=by,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict("name_taken", f"Somebody else has just added a model {name}. Take another name.") from None


def built_model(model: EarthModel) -> Path:
    """The file that TauP reads, made again where the data folder lost it."""
    path = _path(model.sha256)
    if not path.is_file():
        _build(_read(model.source.encode(), model.file_name), model.sha256, model.file_name)
    return path


def _read(content: bytes, file_name: str) -> VelocityModel:
    if len(content) > MOST_BYTES:
        raise _unreadable(file_name, f"It is larger than {MOST_BYTES // 1024} KiB; a model has some hundred lines.")
    if b"\x00" in content:
        raise _unreadable(file_name, "It is no text. Upload a .tvel or .nd file.")
    try:
        return read_velocity_model(content.decode("utf-8-sig", "replace"))
    except ModelUnreadable as problem:
        raise _unreadable(file_name, str(problem)) from None


def _build(model: VelocityModel, sha256: str, file_name: str) -> None:
    if _path(sha256).is_file():
        return
    folder = working_folder(f"earth-model-{uuid4().hex}")
    folder.mkdir(parents=True)
    try:
        nd = folder / f"{sha256}.nd"
        nd.write_text(model.nd)
        built = build_earth_model(nd, folder)
        _path(sha256).parent.mkdir(parents=True, exist_ok=True)
        built.replace(_path(sha256))
    except ModelNotBuilt as problem:
        raise _unreadable(file_name, str(problem)) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _path(sha256: str) -> Path:
    return earth_models_folder() / f"{sha256}.npz"


def _unreadable(file_name: str, why: str) -> Refused:
    return Refused("earth_model_unreadable", f"{file_name}: {why}", fields={"file": [why]})
