"""Forms of the pages. They check what was typed; the services decide what may be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from labeling.models import Catalog, Export, Flag, ImportProblem, Membership, Pick

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


class SnapshotForm(forms.Form):
    note = forms.CharField(required=False, max_length=200, help_text="What this state is, for the people who come later.")


EXPORT_HINTS = {
    Export.Format.CSV: "One row a pick; imported again it gives the same picks.",
    Export.Format.SEISBENCH: "Waveforms and metadata, ready to train on.",
    Export.Format.QUAKEML: "Corrected picks as new resources, the old ones kept as rejected.",
    Export.Format.HISTORY: "Every decision, undone ones too, one JSON object a line.",
}


class ExportForm(forms.Form):
    format = forms.ChoiceField(choices=Export.Format.choices)


class ReportFilterForm(forms.Form):
    """Narrows an import report."""

    severity = forms.ChoiceField(required=False, choices=[ANY, *ImportProblem.Severity.choices])
    code = forms.ChoiceField(required=False)

    def __init__(self, data: dict[str, str], *, codes: list[str]) -> None:
        super().__init__(data)
        self.fields["code"].choices = [ANY, *((code, code.replace("_", " ")) for code in codes)]  # type: ignore[attr-defined]


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
