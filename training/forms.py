"""Forms of the run pages. `TrainingConfig` and the services have the last word."""

from __future__ import annotations

from typing import Any

from django import forms

from training.lancor.config import APPROACHES, TrainingConfig
from training.models import RetrainSchedule

DEFAULTS = TrainingConfig()
NETWORK_CHOICES = [("phasenet", "PhaseNet type: U-Net"), ("seist", "SeisT type: convolution and attention")]
OBJECTIVE_CHOICES = [
    ("lancor", "LaNCoR with time-shift contrast"),
    ("lancor_robust", "LaNCoR that doubts labels while it learns"),
    ("lancor_published", "LaNCoR as published"),
    ("plain", "Plain cross-entropy, to compare"),
]
EPOCHS_HELP = f"{APPROACHES['base']['epochs']} from the base checkpoint, {APPROACHES['scratch']['epochs']} from scratch, unless given."
START_CHOICES = [("base", "The base checkpoint, fine-tuned"), ("scratch", "Scratch")]

REVIEW_CHOICES = [
    ("", "Review its flags, unless a trial"),
    ("yes", "Review its flags"),
    ("no", "Keep reviewing the present ones"),
]
REVIEW_HELP = (
    "A run of less than half the usual epochs is a trial. What is under review also tells the next run how far to believe labels that "
    "nobody has decided about."
)


class RunForm(forms.Form):
    network = forms.ChoiceField(choices=NETWORK_CHOICES, initial=DEFAULTS.network)
    objective = forms.ChoiceField(choices=OBJECTIVE_CHOICES, initial=DEFAULTS.objective)
    start_from = forms.ChoiceField(label="Start from", choices=START_CHOICES, initial=DEFAULTS.start_from, required=False)
    n_folds = forms.IntegerField(label="Folds", min_value=2, max_value=20, initial=DEFAULTS.n_folds)
    epochs = forms.IntegerField(min_value=1, max_value=2000, required=False, help_text=EPOCHS_HELP)
    n_networks = forms.IntegerField(label="Networks a fold", min_value=1, max_value=10, initial=DEFAULTS.n_networks)
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=0)
    review = forms.ChoiceField(label="When it has finished", choices=REVIEW_CHOICES, required=False, help_text=REVIEW_HELP)

    def review_when_done(self) -> bool | None:
        """As `start_run` takes it; None where it goes by the run's length. Only after `is_valid`."""
        return {"yes": True, "no": False}.get(self.cleaned_data["review"])

    def settings(self) -> dict[str, Any]:
        """What `start_run` takes; only after `is_valid`."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("seed", "review") and value not in (None, "")}


class ScheduleForm(forms.Form):
    mode = forms.ChoiceField(choices=RetrainSchedule.Mode.choices, widget=forms.RadioSelect)
    hour_utc = forms.IntegerField(label="Hour (UTC)", min_value=0, max_value=23)
    n_decisions = forms.IntegerField(label="Decisions", min_value=1, max_value=1_000_000)
