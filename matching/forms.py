"""What admins type and choose around matching."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Member


class BoardFilter(forms.Form):
    """Narrows the proposals to a department's mentees, or to mentors of a name."""

    unmarked = True
    department = forms.ChoiceField(label=_("Mentee’s department"), required=False)
    mentor = forms.CharField(
        label=_("Mentor"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )

    def __init__(self, data: Any = None, *, departments: list[str], **options: Any) -> None:
        super().__init__(data, **options)
        choices = [("", _("All departments")), *((each, each) for each in departments)]
        self.fields["department"] = forms.ChoiceField(label=_("Mentee’s department"), required=False, choices=choices)

    def narrow(self, proposals: Any) -> Any:
        if not self.is_valid():
            return proposals
        if department := self.cleaned_data["department"]:
            proposals = proposals.filter(mentee__member__department=department)
        if mentor := self.cleaned_data["mentor"]:
            members = Member.objects.matching_text(mentor)
            proposals = proposals.filter(mentor__member__in=members)
        return proposals

    @property
    def narrows(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())
