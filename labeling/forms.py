"""Forms of the pages. They check what was typed; the services decide what may be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms

from labeling.models import Catalog, Export, Flag, ImportProblem, Membership, Pick
from labeling.seismo.formats.table_mapping import DELIMITERS, FIELDS, FIXED_FIELDS, TableMapping
from labeling.seismo.formats.table_times import TIME_FORMATS, TIME_UNITS

if TYPE_CHECKING:
    from labeling.models import Workspace

ANY = ("", "any")


class WorkspaceForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="For instance the region and the years of the catalog.")


class MemberForm(forms.Form):
    username = forms.CharField(max_length=150)
    password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Only for somebody who has no account yet; they can change it themselves.",
    )
    role = forms.ChoiceField(choices=Membership.Role.choices, initial=Membership.Role.ANALYST)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Membership.Role.choices)


class ReviewSettingsForm(forms.Form):
    blind_share = forms.FloatField(
        min_value=0, max_value=0.5, label="Blind slice", help_text="Share of the queue, 0 to 0.5; 0 turns it off."
    )
    double_share = forms.FloatField(min_value=0, max_value=0.5, label="Read twice", help_text="Share that two analysts decide, unseen.")
    hidden_share = forms.FloatField(min_value=0, max_value=0.5, label="Hidden proposals", help_text="Share whose proposal is hidden.")
    tolerance_p_s = forms.FloatField(min_value=0.001, max_value=10, label="Tolerance of P, s", help_text="From here on a label is wrong.")
    tolerance_s_s = forms.FloatField(min_value=0.001, max_value=10, label="Tolerance of S, s", help_text="The same for S.")


class EarthModelForm(forms.Form):
    file = forms.FileField(
        label="Velocity model", help_text=".tvel or .nd: depth in km, vp and vs in km/s, density in g/cm³, line by line."
    )
    name = forms.CharField(required=False, max_length=40, help_text="Left blank, the file's.")


class SnapshotForm(forms.Form):
    note = forms.CharField(required=False, max_length=200, help_text="What this state is, for the people who come later.")


EXPORT_HINTS = {
    Export.Format.CSV: "One row a pick; imported again it gives the same picks.",
    Export.Format.SEISBENCH: "Waveforms and metadata, ready to train on.",
    Export.Format.PHASENET: "Waveforms as .npz with P and S samples, ready to train on. No events, no absolute times.",
    Export.Format.QUAKEML: "Corrected picks as new resources, the old ones kept as rejected.",
    Export.Format.PARQUET: "The columns of CSV with types, for pandas and the like.",
    Export.Format.SCML: "SeisComP's XML 0.11. As QuakeML: corrected picks as new ones, the old ones kept as rejected.",
    Export.Format.NORDIC: "S-file, new columns. Milliseconds; no uncertainties. Comes with the history.",
    Export.Format.NONLINLOC: "Phase file (obs). Uncertainties; no network or location codes, no weights. Comes with the history.",
    Export.Format.HYPODD: "Phase file for ph2dt. P and S with travel times; no codes but the station. Comes with the history.",
    Export.Format.HISTORY: "Every decision, undone ones too, one JSON object a line.",
}


class ExportForm(forms.Form):
    format = forms.ChoiceField(choices=Export.Format.choices)


class ReportFilterForm(forms.Form):
    """Narrows an import report."""

    severity = forms.ChoiceField(required=False, choices=[ANY, *ImportProblem.Severity.choices])
    code = forms.ChoiceField(required=False)
    file = forms.CharField(
        required=False, max_length=600, label="File, archive or folder", widget=forms.TextInput(attrs={"placeholder": "picks.csv"})
    )

    def __init__(self, data: dict[str, str], *, codes: list[str]) -> None:
        super().__init__(data)
        self.fields["code"].choices = [ANY, *((code, code.replace("_", " ")) for code in codes)]  # type: ignore[attr-defined]


class MappingForm(forms.Form):
    """What the columns of an unknown table are. names: of its columns, as the posted or suggested layout cuts them."""

    delimiter = forms.ChoiceField(choices=[(word, word) for word in DELIMITERS.values()], label="Between cells")
    header = forms.BooleanField(required=False, label="The first row names the columns")
    skip_lines = forms.IntegerField(min_value=0, max_value=1000, label="Lines before that")
    decimal_comma = forms.BooleanField(required=False, label="Decimal comma")
    time_format = forms.ChoiceField(required=False, choices=[("", "not known yet"), *TIME_FORMATS.items()], label="Times are written as")
    time_zone = forms.CharField(
        required=False, max_length=60, label="Time zone", help_text="UTC, +05:30, Europe/Rome … for times that do not say theirs."
    )
    time_unit = forms.ChoiceField(choices=list(TIME_UNITS.items()), label="Counted in", help_text="From 1970, or from the start column.")
    uncertainty_unit = forms.ChoiceField(choices=list(TIME_UNITS.items()), label="Uncertainty in")
    sampling_rate_hz = forms.FloatField(required=False, min_value=0.001, max_value=1e6, label="Samples per second")

    def __init__(self, data: Mapping[str, Any] | None, *, names: Sequence[str], mapping: TableMapping) -> None:
        settings = mapping.as_json()
        super().__init__(data, initial={**settings, "delimiter": DELIMITERS[mapping.delimiter]})
        choices = [("", "–"), *((name, name) for name in names)]
        for field, label in FIELDS.items():
            column = mapping.columns.get(field)
            self.fields[f"column-{field}"] = forms.ChoiceField(required=False, choices=choices, label=label, initial=column)
        for field in FIXED_FIELDS:
            label, value = f"{FIELDS[field]} of all rows", mapping.fixed.get(field)
            self.fields[f"fixed-{field}"] = forms.CharField(required=False, max_length=64, label=label, initial=value)

    def settings(self) -> dict[str, Any]:
        """The mapping as JSON, of a valid form."""
        values = {name: value for name, value in self.cleaned_data.items() if "-" not in name}
        parts = {part: {name: self.cleaned_data[f"{word}-{name}"] for name in of} for part, word, of in self._parts()}
        given = {part: {name: value for name, value in chosen.items() if value} for part, chosen in parts.items()}
        return {**values, **given, "delimiter": delimiter_named(values["delimiter"])}

    @staticmethod
    def _parts() -> Iterator[tuple[str, str, Sequence[str]]]:
        yield "columns", "column", tuple(FIELDS)
        yield "fixed", "fixed", FIXED_FIELDS

    def columns(self) -> list[forms.BoundField]:
        """The fields that a column is chosen for, the needed ones first."""
        return [self[f"column-{field}"] for field in FIELDS]

    def fixed(self) -> list[forms.BoundField]:
        return [self[f"fixed-{field}"] for field in FIXED_FIELDS]


def delimiter_named(word: str) -> str:
    """The character; a comma for a word that stands for none."""
    return next((character for character, name in DELIMITERS.items() if name == word), ",")


class ArchiveForm(forms.Form):
    """Where on the server picks without waveform look for one, and how much around each pick."""

    folder = forms.CharField(max_length=1000, label="Archive on this server", widget=forms.TextInput(attrs={"list": "archives"}))
    before_s = forms.FloatField(label="Seconds before a pick", initial=30)
    after_s = forms.FloatField(label="Seconds after it", initial=90)


class FdsnForm(forms.Form):
    """Which web service picks without waveform get one from, and how much around each pick."""

    service = forms.CharField(max_length=100, label="FDSN web service", widget=forms.TextInput(attrs={"list": "services"}))
    before_s = forms.FloatField(label="Seconds before a pick", initial=30, widget=forms.NumberInput(attrs={"id": "id_fdsn_before_s"}))
    after_s = forms.FloatField(label="Seconds after it", initial=90, widget=forms.NumberInput(attrs={"id": "id_fdsn_after_s"}))


class PickFilterForm(forms.Form):
    """Narrows the list of picks; the filter is in the address."""

    station = forms.CharField(required=False, max_length=64, widget=forms.TextInput(attrs={"placeholder": "FUM"}))
    network = forms.CharField(required=False, max_length=8, widget=forms.TextInput(attrs={"placeholder": "BG"}))
    phase = forms.ChoiceField(required=False, choices=[ANY, ("P", "P"), ("S", "S")])
    state = forms.ChoiceField(
        required=False,
        choices=[
            ANY,
            (Pick.State.SCORED, "scored"),
            (Pick.State.UNSCORED, "unscored"),
            ("flagged", "flagged"),
            ("corrected", "corrected"),
            ("removed", "removed"),
            ("conflict", "in conflict"),
        ],
    )
    kind = forms.ChoiceField(required=False, choices=[ANY, *((kind, kind.label) for kind in Flag.Kind)])
    reason = forms.CharField(
        required=False, max_length=60, widget=forms.TextInput(attrs={"placeholder": "no_waveform"}), label="Unscored for"
    )
    event = forms.CharField(required=False, max_length=600, widget=forms.TextInput(attrs={"placeholder": "nc71846805"}))
    catalog = forms.ModelChoiceField(required=False, queryset=Catalog.objects.none(), empty_label="any")

    def __init__(self, data: dict[str, str], *, workspace: Workspace) -> None:
        super().__init__(data)
        newest = workspace.catalogs.active().order_by("-id").values("pk")[:100]
        self.fields["catalog"].queryset = Catalog.objects.filter(pk__in=list(newest.values_list("pk", flat=True)))  # type: ignore[attr-defined]
