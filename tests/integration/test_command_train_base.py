"""manage.py train_base, on a few invented earthquakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from training.lancor.checkpoint import load_network, sha256_of
from training.pretraining import synthetic_set


def test_writes_a_checkpoint_with_its_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(synthetic_set, "EVENTS_PER_REGION", 2)
    out = tmp_path / "base.pt"
    call_command("train_base", regions=2, seed=3, set=["epochs=1", "batch_size=8"], out=out)
    card = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["command"] == "manage.py train_base --network phasenet --regions 2 --seed 3 --set epochs=1 --set batch_size=8"
    assert card["sha256"] == sha256_of(out) and card["trained_on"]["regions"] == 1
    assert card["trained_on"]["segments"] < 40 and 0 <= card["held_out"]["P_within_0.1_s"] <= 1
    assert load_network(out).config.start_from == "scratch"
    assert "epoch 1 of 1" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [{"regions": 1}, {"set": ["epochs=none"]}])
def test_refuses_what_cannot_be_trained(wrong: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="held out|not a whole number"):
        call_command("train_base", out=tmp_path / "base.pt", **wrong)
    assert not list(tmp_path.glob("base*"))
