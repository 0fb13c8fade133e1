"""Picking the two people of a pair: a search on each side, and a choice among what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from programs.models import Enrolment, Program

from .models import PairRule
from .services.pair_rules import is_pool, sides_of
from .showing import about

# So many are offered; whoever looks for somebody else types more of the name.
OFFERED = 6


@dataclass(frozen=True)
class Option:
    enrolment: Enrolment
    detail: str
    chosen: bool


@dataclass(frozen=True)
class Side:
    """One side of the pair: what was searched for, and who was found."""

    name: str
    label: Any
    search_label: Any
    query: str
    options: list[Option]
    more: int
    errors: Any


class PairRuleForm(forms.Form):
    """Two people, and whether they must or must not be paired."""

    mentee: forms.ModelChoiceField[Enrolment] = forms.ModelChoiceField(
        queryset=None,
        error_messages={"required": _("Choose a mentee."), "invalid_choice": _("Choose a mentee who is enrolled.")},
    )
    mentor: forms.ModelChoiceField[Enrolment] = forms.ModelChoiceField(
        queryset=None,
        error_messages={"required": _("Choose a mentor."), "invalid_choice": _("Choose a mentor who is enrolled.")},
    )
    kind = forms.ChoiceField(choices=PairRule.Kind.choices)

    def __init__(self, data: Any = None, *, program: Program, found: Mapping[str, str], **options: Any) -> None:
        super().__init__(data, **options)
        self.found = data if data is not None else found
        order = ("member__family_name", "member__given_name", "pk")
        first, second = (side.select_related("member").order_by(*order) for side in sides_of(program))
        self.people = {"mentee": first, "mentor": second}
        self.has_sides = not is_pool(program) or program.kind.arranging == "tiers"
        for name, people in self.people.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = people
            if not self.has_sides:
                field.error_messages |= {
                    "required": _("Choose two people."),
                    "invalid_choice": _("Choose people who are enrolled."),
                }

    def sides(self) -> list[Side]:
        if not self.has_sides:
            return [
                self._side("mentee", _("One of the two"), _("Search for one of the two")),
                self._side("mentor", _("The other"), _("Search for the other")),
            ]
        return [
            self._side("mentee", _("Mentee"), _("Search for a mentee")),
            self._side("mentor", _("Mentor"), _("Search for a mentor")),
        ]

    def _side(self, name: str, label: Any, search_label: Any) -> Side:
        query = self.found.get(f"{name}_name", "")[:100]
        people = self.people[name]
        if query.strip():
            people = people.filter(member__in=Member.objects.matching_text(query))
        wanted = self.found.get(name, "")
        chosen = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
        offered = list(people[:OFFERED])
        count = people.count()
        if chosen and not any(each.pk == chosen for each in offered):
            # Who has been chosen stays chosen while the search goes on.
            offered = [*self.people[name].filter(pk=chosen), *offered]
        return Side(
            name=name,
            label=label,
            search_label=search_label,
            query=query,
            options=[Option(each, about(each.member), each.pk == chosen) for each in offered],
            more=max(0, count - OFFERED),
            errors=self.errors.get(name, []) if self.is_bound else [],
        )
