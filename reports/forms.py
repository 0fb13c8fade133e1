"""What a report is asked for, what a download is for, and how an organisation wants its reports."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from programs.models import Program

from .choices import EXPOSURES, MOST_PROGRAMS, PERIODS, POPULATIONS, Choice
from .models import Download, ReportSettings

PROGRAMS_TO_CHOOSE = 100


class RetentionForm(forms.Form):
    """The choice of a report on who stays."""

    unmarked = True

    month = forms.ChoiceField(label=_("Until the end of"))
    period = forms.ChoiceField(label=_("Period"), choices=list(PERIODS.items()), initial="all")
    exposure = forms.ChoiceField(
        label=_("Who counts as a participant, and from when"), choices=list(EXPOSURES.items()), initial="place"
    )
    population = forms.ChoiceField(label=_("Who is compared"), choices=list(POPULATIONS.items()), initial="all")
    programs = forms.MultipleChoiceField(
        label=_("Programmes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means all of them."),
    )

    def __init__(self, *args: Any, months: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(f"{each:%Y-%m}", date_format(each, "F Y")) for each in months]  # type: ignore[attr-defined]  # a field of choices
        found = (
            Program.objects.launched().order_by("-launched_at", "-pk").values_list("pk", "name")[:PROGRAMS_TO_CHOOSE]
        )
        self.fields["programs"].choices = [(str(pk), name) for pk, name in found]  # type: ignore[attr-defined]  # a field of choices

    def clean_programs(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["programs"]
        if len(chosen) > MOST_PROGRAMS:
            raise forms.ValidationError(
                _("Choose at most %(most)d programmes, or none for all.") % {"most": MOST_PROGRAMS}
            )
        return chosen

    def choice(self) -> Choice:
        told = self.cleaned_data
        year, month = (int(part) for part in told["month"].split("-"))
        return Choice(
            month=date(year, month, 1),
            period=told["period"],
            exposure=told["exposure"],
            population=told["population"],
            programs=tuple(sorted(int(each) for each in told["programs"])),
        )


class DownloadForm(forms.Form):
    """Whoever takes figures away says what for."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=[
            (Download.Format.PDF, _("PDF, to read and print")),
            (Download.Format.XLSX, _("Excel, with definitions and caveats")),
            (Download.Format.CSV, _("CSV, one row for each number")),
        ],
    )
    purpose = forms.CharField(
        label=_("What for"),
        max_length=200,
        help_text=_("Kept with your name and the time, for everybody who may read reports."),
    )


class ReportSettingsForm(forms.ModelForm):
    """How small a group may be, since when leavers are recorded, and who is told each month."""

    recipients: forms.ModelMultipleChoiceField[Member] = forms.ModelMultipleChoiceField(
        label=_("Who gets a letter when the monthly report is ready"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Owners and HR analysts who can sign in. Who no longer may gets none."),
    )

    class Meta:
        model = ReportSettings
        fields = ("smallest_group", "covered_from")
        widgets = {"covered_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            "smallest_group": _(
                "Five or more. What tells of fewer people is hidden, in every report made from then on."
            ),
            "covered_from": _(
                "The first day from which everybody who left is in the people data. Empty: always. Nobody is followed before it."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        readers = Member.objects.current().with_login()
        self.fields["recipients"].queryset = readers.filter(is_hr=True) | readers.filter(is_owner=True)  # type: ignore[attr-defined]  # a field of choices
