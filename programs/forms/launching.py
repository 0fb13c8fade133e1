"""The steps of the wizard, and what may change after the launch."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from mentoring.tenancy.clock import today

from ..arrangers import on_offer
from ..models import Enrolment, Program, Role
from ..wording import in_months, usual_length
from .particulars import setting_field
from .seen import SeenMixin

OWN_WORDS = "own"
# From a day at the end of the calendar nothing can be counted on.
THINKABLE = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


def date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class ObjectiveForm(SeenMixin, forms.Form):
    """What the programme is for, and what to call it."""

    objective = forms.ChoiceField(label=_("What should come of it?"), widget=forms.RadioSelect)
    own = forms.CharField(
        label=_("In your own words"),
        max_length=300,
        required=False,
        help_text=_("Only if you chose your own words above. Best is something that you can see or count in a year."),
    )
    name = forms.CharField(label=_("Name of the programme"), max_length=100, help_text=_("Everybody sees it."))
    description = forms.CharField(
        label=_("What people should know before they sign up"),
        widget=forms.Textarea,
        required=False,
        max_length=4000,
        help_text=_("It stands on top of the sign-up page: who it is for, how much time it takes, whom to ask."),
    )

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        known = list(dict.fromkeys(str(text) for kind in on_offer(besides=program.format) for text in kind.objectives))
        is_own = bool(program.objective) and program.objective not in known
        kwargs["initial"] = {
            "objective": OWN_WORDS if is_own else program.objective,
            "own": program.objective if is_own else "",
            "name": program.name,
            "description": program.description,
        }
        super().__init__(*args, about=program, **kwargs)
        objectives = self.fields["objective"]
        assert isinstance(objectives, forms.ChoiceField)
        objectives.choices = [(text, text) for text in known] + [(OWN_WORDS, _("Something else"))]
        # Those of the format come first, then one of each other; the rest is a click away.
        first = [str(text) for text in program.kind.objectives]
        first += [str(kind.objectives[0]) for kind in on_offer() if kind.key != program.format]
        self.shown = [text for text in dict.fromkeys(first) if text in known]
        self.more = [text for text in known if text not in self.shown]

    def more_open(self) -> bool:
        return self["objective"].value() in self.more

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("objective") == OWN_WORDS and not cleaned.get("own", "").strip():
            self.add_error("own", _("Say in a sentence what should come of it."))
        return cleaned

    def fields_to_save(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        chosen = cleaned["objective"]
        return {
            "objective": cleaned["own"].strip() if chosen == OWN_WORDS else chosen,
            "name": cleaned["name"].strip(),
            "description": cleaned["description"].strip(),
        }


class FormatForm(SeenMixin, forms.Form):
    """The kind of mentoring; choosing another one brings its own defaults."""

    format = forms.ChoiceField(label=_("Format"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, program: Program, suggested: str = "", **kwargs: Any) -> None:
        self.program = program
        kwargs["initial"] = {"format": suggested or program.format}
        super().__init__(*args, about=program, **kwargs)
        self.on_offer = on_offer(besides=program.format)
        field = self.fields["format"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.key, kind.name) for kind in self.on_offer]

    def _standing(self, name: str) -> Any:
        # What is suggested doesn't stand there yet.
        return self.program.format

    def fields_to_save(self) -> dict[str, Any]:
        return {"format": self.cleaned_data["format"]}


class PeopleForm(SeenMixin, forms.Form):
    """Who takes part, how many, and when. Serves the wizard and changes after the launch."""

    hired_within = forms.IntegerField(
        label=_("Hired within the last … days"),
        min_value=1,
        max_value=730,
        help_text=_("Mentees sign up themselves, any day. Mentors may be anybody who works here."),
    )
    starts_on = forms.DateField(label=_("First day"), required=False, widget=date_input(), validators=THINKABLE)
    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=date_input(),
        validators=THINKABLE,
        help_text=_("Leave it empty if it is open-ended."),
    )
    default_capacity = forms.IntegerField(
        label=_("Mentees per mentor"), min_value=1, max_value=20, help_text=_("Mentors can say another number.")
    )
    group_min = forms.IntegerField(label=_("Fewest members of a group"), min_value=2, max_value=30)
    group_max = forms.IntegerField(label=_("Most members of a group"), min_value=2, max_value=30)
    mentee_places = forms.IntegerField(
        label=_("Places for mentees"),
        min_value=1,
        max_value=100_000,
        required=False,
        help_text=_("Whoever comes later goes on a waiting list. Leave it empty for no limit."),
    )
    rolling = forms.TypedChoiceField(
        label=_("When do people come in?"),
        choices=[("", _("All together, as a cohort")), ("1", _("On any day, as they come"))],
        coerce=bool,
        empty_value="",
        required=False,
        widget=forms.RadioSelect,
    )
    needs_approval = forms.BooleanField(label=_("Each sign-up has to be approved"), required=False)
    approver = forms.ChoiceField(
        label=_("Who approves?"),
        choices=[
            (Program.Approver.ADMIN, _("A programme admin")),
            (Program.Approver.MANAGER, _("Their line manager; a programme admin where none is known")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    session_length = forms.TypedChoiceField(
        label=_("Length of a session"),
        choices=[
            (minutes, ngettext_lazy("%d minute", "%d minutes", minutes) % minutes) for minutes in (30, 45, 60, 90)
        ],
        coerce=int,
    )
    rhythm = forms.TypedChoiceField(
        label=_("How often they meet"),
        choices=[
            (7, _("every week")),
            (14, _("every two weeks")),
            (21, _("every three weeks")),
            (28, _("every four weeks")),
        ],
        coerce=int,
    )
    pairing = forms.ChoiceField(
        label=_("Who decides who is paired with whom?"), choices=Program.Pairing.choices, widget=forms.RadioSelect
    )
    requests_at_once = forms.TypedChoiceField(
        label=_("Open requests at once"),
        choices=[(1, _("one mentor at a time"))]
        + [(number, ngettext_lazy("up to %d mentor", "up to %d mentors", number) % number) for number in range(2, 6)],
        coerce=int,
        help_text=_("Where mentees choose: how many mentors a mentee may have asked and not heard of yet."),
    )
    answer_within = forms.TypedChoiceField(
        label=_("Time to answer an offer or a request"),
        choices=[(days, ngettext_lazy("%d day", "%d days", days) % days) for days in (2, 3, 5, 7, 10, 14, 21, 28)],
        coerce=int,
        help_text=_(
            "Who has not answered an offer is reminded a day before. After that it lapses, and the place is free."
        ),
    )

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        self.program = program
        kwargs["initial"] = {
            "hired_within": program.hired_within.days if program.hired_within else None,
            "starts_on": program.starts_on,
            "ends_on": program.ends_on,
            "default_capacity": program.default_capacity,
            "group_min": program.group_min,
            "group_max": program.group_max,
            "mentee_places": program.mentee_places,
            "rolling": "1" if program.rolling else "",
            "needs_approval": program.needs_approval,
            "approver": program.approver,
            "session_length": program.session_length // timedelta(minutes=1),
            "rhythm": program.rhythm.days,
            "pairing": program.pairing,
            "requests_at_once": program.requests_at_once,
            "answer_within": program.answer_within.days,
        }
        super().__init__(*args, about=program, **kwargs)
        if program.hired_within is None:
            del self.fields["hired_within"]
        else:
            # New hires come any day, and nobody has to approve them.
            for name in ("starts_on", "ends_on", "rolling", "needs_approval", "approver"):
                del self.fields[name]
        self._suit_the_format()

    def _suit_the_format(self) -> None:
        """Ask what the format needs, in its words, and nothing that makes no sense in it."""
        kind = self.program.kind
        left_out = set(kind.not_asked)
        if kind.group_size is None:
            left_out |= {"group_min", "group_max"}
        if kind.meeting_days:
            left_out.add("rhythm")
        if not kind.choosing:
            left_out |= {"pairing", "requests_at_once"}
        for name in left_out:
            self.fields.pop(name, None)
        if "default_capacity" in self.fields:
            self.fields["default_capacity"].label = kind.capacity_label
        if "ends_on" in self.fields and not kind.rolling:
            self.fields["ends_on"].help_text = _(
                "Usual for this format is %(long)s. Leave it empty if it is open-ended."
            ) % {"long": usual_length(kind)}
        if "rolling" in self.fields:
            self.fields["rolling"].help_text = _(
                "Where people come on any day, there need be no last day. Each mentorship is then meant to take "
                "%(long)s, and its people may take more or less."
            ) % {"long": in_months(self.program.usual_length)}
        others = [part.plural for role, part in self.program.parts.items() if role != Role.MENTOR]
        self.fields["mentee_places"].label = _("Places for %(people)s") % {"people": others[0]}
        if not any(part.capacity for part in kind.parts.values()) and "default_capacity" in self.fields:
            del self.fields["default_capacity"]
        zone, values = self.program.organisation.zone, self.program.particulars
        for name, setting in kind.settings.items():
            self.fields[f"setting_{name}"] = setting_field(setting, zone=zone)
            self.initial[f"setting_{name}"] = values[name]
        self.order_fields([
            *(name for name in self.field_order or []), *(f"setting_{name}" for name in kind.settings),
            *(name for name in self.fields if not name.startswith("setting_")),
        ])  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on <= starts_on:
            self.add_error("ends_on", _("The last day must come after the first."))
        elif ends_on and ends_on <= today():
            self.add_error("ends_on", _("The last day must lie ahead."))
        fewest, most = cleaned.get("group_min"), cleaned.get("group_max")
        if fewest and most and most < fewest:
            self.add_error("group_max", _("The most in a group must not be fewer than the fewest."))
        return cleaned

    def fields_to_save(self) -> dict[str, Any]:
        fields = {name: value for name, value in self.cleaned_data.items() if not name.startswith("setting_")}
        if not fields.get("approver"):
            # Whoever does not ask leaves it as it is.
            fields.pop("approver", None)
        rolling = fields.pop("rolling", "")
        if "rolling" in self.data:
            fields["rolling"] = bool(rolling)
        if "session_length" in fields:
            fields["session_length"] = timedelta(minutes=fields["session_length"])
        for name in ("rhythm", "answer_within", "hired_within"):
            if name in fields:
                fields[name] = timedelta(days=fields[name])
        settings = self.program.kind.settings
        given = {name: self.cleaned_data[f"setting_{name}"] for name in settings if f"setting_{name}" in self.fields}
        if given:
            kept = {name: settings[name].keep(value) for name, value in given.items()}
            fields["format_settings"] = {**self.program.format_settings, **kept}
        # An event begins with its first round.
        moment = next((given[name] for name, each in settings.items() if each.kind == "moment" and name in given), None)
        if moment is not None and "starts_on" not in self.fields:
            fields["starts_on"] = moment.astimezone(self.program.organisation.zone).date()
        return fields


class ProgramForm(PeopleForm):
    """What may change after the launch."""

    name = forms.CharField(label=_("Name of the programme"), max_length=100)
    objective = forms.CharField(label=_("What should come of it?"), max_length=300, required=False)
    description = forms.CharField(
        label=_("What people should know before they sign up"), widget=forms.Textarea, required=False, max_length=4000
    )
    field_order = ["name", "objective", "description"]

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, program=program, **kwargs)
        self.initial.update({
            "name": program.name, "objective": program.objective, "description": program.description,
        })  # fmt: skip
        self.fields.pop("hired_within", None)
        # Whoever signed up as one of two sides can't be made one of a pool, nor the other way round.
        if self.program.kind.pool_setting and Enrolment.objects.filter(program=program).exists():
            self.fields.pop(f"setting_{self.program.kind.pool_setting}", None)
