"""What admins type and choose around matching."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from programs.forms import SHORT_DAYS, TokensField
from programs.models import EnrolmentSkill

from .recommending import PARTS, Recommended, is_free_at

SCORES = ("0.4", "0.5", "0.6", "0.7", "0.8")
SHOWN: dict[str, dict[str, Any]] = {
    "open": {"locked": False},
    "locked": {"locked": True},
    "by_hand": {"by_hand": True},
    "replacing": {"replaces__isnull": False},
}


class BoardFilter(forms.Form):
    """Narrows and orders the proposals."""

    unmarked = True
    department = forms.ChoiceField(label=_("Mentee’s department"), required=False)
    mentor = forms.CharField(
        label=_("Mentor"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    below = forms.ChoiceField(
        label=_("Score"),
        required=False,
        choices=[("", _("Any score")), *((each, _("below %(score)s") % {"score": each}) for each in SCORES)],
    )
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("", _("All pairs")),
            ("open", _("Not locked")),
            ("locked", _("Locked")),
            ("by_hand", _("Chosen by hand")),
            ("replacing", _("Replacing a running pair")),
        ],
    )
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("", _("Attention first")),
            ("score", _("Lowest score first")),
            ("mentee", _("By mentee")),
            ("mentor", _("By mentor")),
        ],
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
        if below := self.cleaned_data["below"]:
            proposals = proposals.filter(score__lt=float(below))
        if show := self.cleaned_data["show"]:
            proposals = proposals.filter(**SHOWN[show])
        return proposals

    @property
    def order_by(self) -> str:
        return self.cleaned_data["order"] if self.is_valid() else ""

    @property
    def narrows(self) -> bool:
        return self.is_valid() and any(value for name, value in self.cleaned_data.items() if name != "order")


class MentorFilter(forms.Form):
    """Narrows and orders the mentors whom a mentee may ask."""

    unmarked = True
    name = forms.CharField(
        label=_("Name"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    skill = forms.ChoiceField(label=_("Can help with"), required=False)
    department = forms.ChoiceField(label=_("Department"), required=False)
    site = forms.ChoiceField(label=_("Location"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    free_at = forms.ChoiceField(label=_("Usually free (your time)"), required=False)
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("", _("Best fit first")), ("places", _("Most free places first")), ("name", _("By name"))],
    )
    only_free = forms.BooleanField(label=_("Only with a free place"), required=False)

    def __init__(self, data: Any = None, *, options: dict[str, list[str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        parts = {"morning": _("%(day)s morning"), "afternoon": _("%(day)s afternoon")}
        times = [(f"{day}-{part}", parts[part] % {"day": SHORT_DAYS[day]}) for day in range(5) for part in PARTS]
        for name, choices in {**{key: [(each, each) for each in found] for key, found in options.items()},
                              "free_at": times}.items():  # fmt: skip
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Any")), *choices]

    def narrow(self, found: list[Recommended]) -> list[Recommended]:
        if not self.is_valid():
            return found
        wanted = self.cleaned_data
        words = wanted["name"].casefold().split()
        kept = [
            each
            for each in found
            if all(word in each.mentor.member.name.casefold() for word in words)
            and wanted["skill"] in ("", *each.skills)
            and wanted["department"] in ("", each.mentor.member.department)
            and wanted["site"] in ("", each.mentor.member.site)
            and wanted["language"] in ("", *each.languages)
            and (not wanted["free_at"] or is_free_at(each.windows, wanted["free_at"]))
            and (not wanted["only_free"] or each.is_free)
        ]
        if wanted["sort"] == "places":
            kept.sort(key=lambda each: -(each.free if each.is_free else 0))
        elif wanted["sort"] == "name":
            kept.sort(key=lambda each: (each.mentor.member.family_name, each.mentor.member.given_name, each.mentor.pk))
        return kept

    @property
    def narrows(self) -> bool:
        return self.is_valid() and any(value for name, value in self.cleaned_data.items() if name != "sort")

    @property
    def narrows_further(self) -> bool:
        """Whether one of the filters that are folded away is in use."""
        return self.is_valid() and any(self.cleaned_data[name] for name in ("language", "department", "site", "sort"))


class AskForm(forms.Form):
    """A mentee asks a mentor."""

    note = forms.CharField(
        label=_("A few words to the mentor"),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        max_length=2000,
        help_text=_("What you would like to work on, and why with them. Two or three sentences are plenty."),
    )
    visible_to = {"note": _("you and this mentor")}


class QuestionBackForm(forms.Form):
    """A mentor would like to know more before saying yes or no."""

    question = forms.CharField(
        label=_("What would you like to know?"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    visible_to = {"question": _("you and this mentee")}


class AnswerForm(forms.Form):
    """The mentee answers."""

    answer = forms.CharField(label=_("Your answer"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)
    visible_to = {"answer": _("you and this mentor")}


class DeclineForm(forms.Form):
    """A mentor says no, if they like with a few kind words."""

    reason = forms.CharField(
        label=_("A few kind words"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=300,
        help_text=_("Such as: my year is full; ask me again in spring. You may leave it empty."),
    )
    visible_to = {"reason": _("you and this mentee, who reads it in the letter")}


STATEMENTS = [
    _("I like to think out loud with others."),
    _("I tell people bluntly what I think of their work."),
    _("I plan ahead and keep to the plan."),
    _("A setback stays on my mind for days."),
    _("I enjoy ideas that have no use yet."),
    _("After a day of meetings I need to be alone."),
    _("I assume at first that people mean well."),
    _("I tend to start things shortly before they are due."),
    _("I stay calm when everything happens at once."),
    _("I prefer ways that have proved themselves."),
]
AGREEMENT = [
    ("", "–"),
    (1, _("1 – not like me at all")),
    (2, _("2 – not much like me")),
    (3, _("3 – partly")),
    (4, _("4 – quite like me")),
    (5, _("5 – very much like me")),
]


class InterestsForm(forms.Form):
    """What somebody likes beyond work."""

    interests = TokensField(
        label=_("Interests"), most=20, required=False, help_text=_("Put commas between them, such as: Running, Jazz.")
    )
    visible_to = {"interests": _("programme admins, and everybody who takes part in this programme")}

    def __init__(self, *args: Any, suggestions: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget: Any = self.fields["interests"].widget
        widget.suggestions = list(suggestions)


class WorkingStyleForm(forms.Form):
    """Ten statements; all of them or none."""

    unmarked = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, statement in enumerate(STATEMENTS):
            self.fields[f"item_{number}"] = forms.TypedChoiceField(
                label=statement,
                choices=AGREEMENT,
                coerce=int,
                error_messages={"required": _("Choose a number from 1 to 5.")},
            )

    def answers(self) -> list[int]:
        return [self.cleaned_data[f"item_{number}"] for number in range(len(STATEMENTS))]


class LevelsForm(forms.Form):
    """How well a mentor knows what they offer."""

    unmarked = True

    def __init__(self, *args: Any, offered: Sequence[EnrolmentSkill], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [("", _("not said")), (1, _("some: I can help with the basics")), (2, _("solid: I use it all the time")),
                 (3, _("deep: others come to me with it"))]  # fmt: skip
        for each in offered:
            self.fields[f"level_{each.pk}"] = forms.TypedChoiceField(
                label=each.skill.name, choices=known, coerce=int, empty_value=None, required=False, initial=each.level
            )
        self.visible_to = dict.fromkeys(self.fields, _("programme admins; matching uses it"))

    def levels(self) -> dict[int, int | None]:
        return {int(name.removeprefix("level_")): value for name, value in self.cleaned_data.items()}


class DeclarationForm(forms.Form):
    """One characteristic, with a consent of its own."""

    def __init__(self, *args: Any, characteristic: dict[str, Any], **kwargs: Any) -> None:
        kwargs["prefix"] = f"declare-{characteristic['key']}"
        super().__init__(*args, **kwargs)
        options = [("", _("I’d rather not say")), *((each, each) for each in characteristic["options"])]
        self.fields["value"] = forms.ChoiceField(
            label=characteristic["label"],
            choices=options,
            help_text=_("Why the programme asks: %(why)s") % {"why": escape(characteristic["why"])},
            error_messages={"required": _("Choose what to declare, or leave this part as it is.")},
        )
        self.fields["consents"] = forms.BooleanField(
            label=_("I agree that this is kept and used to match me in this programme, and for nothing else"),
            error_messages={"required": _("Without your consent nothing is kept.")},
        )
        self.fields["counted"] = forms.BooleanField(
            label=_("I also agree to be counted in the report on who gets access to mentoring"),
            help_text=_(
                "Your choice, and nothing depends on it. The report gives numbers of groups, never of fewer than five people, and no names. When you withdraw, you are not counted any more; reports of months that are over stay."
            ),
            required=False,
        )
        self.visible_to = {"value": _("nobody, not even the programme admins")}
