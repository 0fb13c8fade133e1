"""What people type about programmes, sign-ups and mentorships."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.importing.signups import SIGNUP_LABELS

from . import criteria, hours
from .formats import FORMATS
from .models import Enrolment, Program, Question, Role

OWN_WORDS = "own"
DAY_NAMES = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday")]
SHORT_DAYS = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
MOST_SKILLS = 20


def date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


# The wizard


class ObjectiveForm(forms.Form):
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
        known = [str(text) for kind in FORMATS.values() for text in kind.objectives]
        is_own = bool(program.objective) and program.objective not in known
        kwargs["initial"] = {
            "objective": OWN_WORDS if is_own else program.objective,
            "own": program.objective if is_own else "",
            "name": program.name,
            "description": program.description,
        }
        super().__init__(*args, **kwargs)
        self.fields["objective"].choices = [(text, text) for text in known] + [(OWN_WORDS, _("Something else"))]

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


class FormatForm(forms.Form):
    """The kind of mentoring; choosing another one brings its own defaults."""

    format = forms.ChoiceField(
        label=_("Format"), choices=[(key, kind.name) for key, kind in FORMATS.items()], widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, program: Program, suggested: str = "", **kwargs: Any) -> None:
        kwargs["initial"] = {"format": suggested or program.format}
        super().__init__(*args, **kwargs)

    def fields_to_save(self) -> dict[str, Any]:
        return {"format": self.cleaned_data["format"]}


class PeopleForm(forms.Form):
    """Who takes part, how many, and when. Serves the wizard and changes after the launch."""

    hired_within = forms.IntegerField(
        label=_("Hired within the last … days"),
        min_value=1,
        max_value=730,
        help_text=_("Mentees sign up themselves, any day. Mentors may be anybody who works here."),
    )
    starts_on = forms.DateField(label=_("First day"), required=False, widget=date_input())
    ends_on = forms.DateField(
        label=_("Last day"), required=False, widget=date_input(), help_text=_("Leave it empty if it is open-ended.")
    )
    default_capacity = forms.IntegerField(
        label=_("Mentees per mentor"), min_value=1, max_value=20, help_text=_("Mentors can say another number.")
    )
    mentee_places = forms.IntegerField(
        label=_("Places for mentees"),
        min_value=1,
        max_value=100_000,
        required=False,
        help_text=_("Whoever comes later goes on a waiting list. Leave it empty for no limit."),
    )
    needs_approval = forms.BooleanField(label=_("A programme admin approves each sign-up"), required=False)
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

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        self.program = program
        kwargs["initial"] = {
            "hired_within": program.hired_within.days if program.hired_within else None,
            "starts_on": program.starts_on,
            "ends_on": program.ends_on,
            "default_capacity": program.default_capacity,
            "mentee_places": program.mentee_places,
            "needs_approval": program.needs_approval,
            "session_length": program.session_length // timedelta(minutes=1),
            "rhythm": program.rhythm.days,
        }
        super().__init__(*args, **kwargs)
        if program.hired_within is None:
            del self.fields["hired_within"]
        else:
            # New hires come any day, and nobody has to approve them.
            for name in ("starts_on", "ends_on", "needs_approval"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on <= starts_on:
            self.add_error("ends_on", _("The last day must come after the first."))
        elif ends_on and ends_on <= timezone.localdate():
            self.add_error("ends_on", _("The last day must lie ahead."))
        return cleaned

    def fields_to_save(self) -> dict[str, Any]:
        fields = dict(self.cleaned_data)
        fields["session_length"] = timedelta(minutes=fields["session_length"])
        fields["rhythm"] = timedelta(days=fields["rhythm"])
        if "hired_within" in fields:
            fields["hired_within"] = timedelta(days=fields["hired_within"])
        return fields


IMPORTANCE = [("none", _("Not important")), ("normal", _("Normal")), ("high", _("Important"))]
LEVELS = [
    ("any", _("Any level")),
    ("not_below", _("The mentor is at the mentee’s level or above")),
    ("above", _("The mentor is at least one level above")),
    ("below", _("The mentor is at least one level below")),
]


class CriteriaForm(forms.Form):
    """How much each criterion counts, and what forbids a pair."""

    level_rule = forms.ChoiceField(label=_("Levels"), choices=LEVELS)
    reporting_line = forms.BooleanField(
        label=_("Nobody is mentored by their own manager, or by a manager further up"), required=False
    )
    common_language = forms.BooleanField(label=_("They have a language in common"), required=False)
    earlier_pairs = forms.BooleanField(label=_("Nobody gets a mentor again with whom it ended before"), required=False)

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        self.kind = program.kind
        rules = program.criteria.get("rules", {})
        kwargs["initial"] = {
            "level_rule": criteria.level_rule(program.criteria),
            **{name: rules.get(name, True) for name in ("reporting_line", "common_language", "earlier_pairs")},
        }
        super().__init__(*args, **kwargs)
        for key in self.kind.weights:
            self.fields[f"weight_{key}"] = forms.ChoiceField(
                label=criteria.LABELS[key],
                choices=IMPORTANCE,
                help_text=criteria.EXPLANATIONS[key],
                initial=criteria.importance(program.criteria, key, self.kind),
            )

    def weights(self) -> list[forms.BoundField]:
        return [self[f"weight_{key}"] for key in self.kind.weights]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if all(cleaned.get(f"weight_{key}") == "none" for key in self.kind.weights):
            raise forms.ValidationError(
                _("At least one thing must count, or every pair would be as good as any other.")
            )
        return cleaned

    def fields_to_save(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "criteria": criteria.make_criteria(
                self.kind,
                importances={key: cleaned[f"weight_{key}"] for key in self.kind.weights},
                level=cleaned["level_rule"],
                reporting_line=cleaned["reporting_line"],
                earlier_pairs=cleaned["earlier_pairs"],
                common_language=cleaned["common_language"],
            )
        }


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
        self.initial |= {
            "name": program.name, "objective": program.objective, "description": program.description,
        }  # fmt: skip
        self.fields.pop("hired_within", None)


# Sign-up


class TokensInput(forms.TextInput):
    """Words with commas between; static/js/tokens.js makes them into tokens that can be removed and reordered."""

    template_name = "programs/widgets/tokens.html"

    def __init__(self, *, ranked: bool = False) -> None:
        super().__init__(attrs={"autocomplete": "off", "data-tokens": "ranked" if ranked else ""})
        self.suggestions: list[str] = []

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["suggestions"] = self.suggestions
        context["widget"]["attrs"]["list"] = f"{context['widget']['attrs'].get('id', name)}_list"
        return context


class TokensField(forms.CharField):
    """Several words or phrases in one line, each kept once, in their order."""

    def __init__(self, *, most: int, longest: int = 80, ranked: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=4000, widget=TokensInput(ranked=ranked), **kwargs)
        self.most, self.longest = most, longest

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]  # a list of what was typed
        text = super().clean(value)
        words = (" ".join(part.split()) for part in text.replace("\n", ",").replace(";", ",").split(","))
        found = list({word.casefold(): word for word in words if word}.values())
        if len(found) > self.most:
            raise forms.ValidationError(_("Please give %(most)d at most."), params={"most": self.most})
        if any(len(word) > self.longest for word in found):
            raise forms.ValidationError(_("Put commas between them: one is longer than 80 letters."))
        if self.required and not found:
            raise forms.ValidationError(self.error_messages["required"])
        return found


class HoursInput(forms.CheckboxSelectMultiple):
    template_name = "programs/widgets/hours.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = set(value or [])
        context["days"] = [{"name": full, "short": SHORT_DAYS[day]} for day, full in enumerate(DAY_NAMES)]
        number = 0
        rows = []
        for start, end in hours.BLOCKS:
            cells = []
            for day, full in enumerate(DAY_NAMES):
                key = hours.key(day, start)
                cells.append(
                    {
                        "value": key,
                        "id": f"{attrs.get('id', name)}_{number}",
                        "checked": key in chosen,
                        "label": _("%(day)s, %(start)d to %(end)d o’clock")
                        % {"day": full, "start": start // 60, "end": end // 60},
                    }
                )
                number += 1
            rows.append({"label": f"{start // 60:02}–{end // 60:02}", "cells": cells})
        context["rows"] = rows
        return context


BLOCK_CHOICES = [(hours.key(day, start), "") for day in hours.DAYS for start, _end in hours.BLOCKS]


class SignUpForm(forms.Form):
    """What a mentor or a mentee says when signing up, with the programme's own questions at the end."""

    skills = TokensField(label="", most=MOST_SKILLS)
    goal = forms.CharField(label="", widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=2000)
    capacity = forms.IntegerField(label=_("How many mentees can you take at once?"), min_value=1, max_value=20)
    hours_per_month = forms.IntegerField(
        label=_("How many hours a month can you give?"), min_value=1, max_value=100, required=False
    )
    languages = TokensField(
        label=_("Languages you are comfortable in"), most=10, required=False, help_text=_("Put commas between them.")
    )
    free_hours = forms.MultipleChoiceField(
        label=_("When are you usually free?"), choices=BLOCK_CHOICES, widget=HoursInput, required=False
    )
    preference = forms.ChoiceField(label=_("Any preference?"), choices=Enrolment.Preference, required=False)
    note = forms.CharField(
        label=_("Anything we should know?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2000,
        help_text=_("Such as somebody you would rather not be matched with."),
    )

    def __init__(
        self,
        *args: Any,
        program: Program,
        role: str,
        member: Any,
        enrolment: Enrolment | None = None,
        skills: list[str] = (),  # type: ignore[assignment]  # never changed
        **kwargs: Any,
    ) -> None:
        self.questions = [
            question
            for question in program.questions.all()
            if question.retired_at is None and question.audience in ("both", role)
        ]
        blocks, self.other_hours = hours.to_grid(enrolment.free_hours if enrolment else [])
        kwargs["initial"] = {"capacity": program.default_capacity, "languages": member.languages}
        if enrolment:
            kwargs["initial"] = {
                "skills": [each.skill.name for each in enrolment.skills.all()],
                "free_hours": sorted(blocks),
                **{
                    name: getattr(enrolment, name)
                    for name in ("goal", "capacity", "hours_per_month", "languages", "preference", "note")
                },
                **{f"question_{answer.question_id}": answer.value for answer in enrolment.answers.all()},
            }
        super().__init__(*args, **kwargs)
        is_mentor = role == Role.MENTOR
        matched = _("programme admins, and whoever you are matched with")
        admins = _("programme admins")
        self.visible_to = dict.fromkeys(self.fields, admins) | {
            "skills": matched, "goal": matched, "languages": matched,
        }  # fmt: skip
        field = self.fields["skills"]
        if is_mentor:
            field.label = _("What can you help with?")
            field.help_text = _("Put commas between them, such as: Presenting, Python, Leading a team.")
            self.fields["goal"].label = _("What would you like to get out of it?")
        else:
            field.label = _("What would you like to learn?")
            field.help_text = _("The most important first, with commas between them.")
            field.widget.attrs["data-tokens"] = "ranked"
            self.fields["goal"].label = _("What is your goal?")
            del self.fields["capacity"], self.fields["hours_per_month"]
        field.widget.suggestions = skills
        self.fields["free_hours"].help_text = _("In your own time zone, %(zone)s. Tick what is free in most weeks.") % {
            "zone": member.time_zone.replace("_", " ")
        }
        for question in self.questions:
            self.fields[f"question_{question.pk}"] = question_field(question)
            self.visible_to[f"question_{question.pk}"] = admins

    def fields_to_save(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        saved = {name: value for name, value in cleaned.items() if not name.startswith("question_")}
        saved["free_hours"] = hours.from_grid(cleaned["free_hours"], self.other_hours)
        saved["answers"] = {each.pk: cleaned[f"question_{each.pk}"] for each in self.questions}
        return saved


def question_field(question: Question) -> forms.Field:
    """The form field that asks a question."""
    common: dict[str, Any] = {
        "label": question.text, "help_text": question.help_text, "required": question.required,
    }  # fmt: skip
    options = [(option, option) for option in question.options]
    match question.kind:
        case Question.Kind.LONG_TEXT:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=4000, **common)
        case Question.Kind.CHOICE:
            return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **common)
        case Question.Kind.CHOICES:
            return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **common)
        case Question.Kind.SCALE:
            scale = [("", "–")] + [(str(number), str(number)) for number in range(1, 6)]
            return forms.TypedChoiceField(choices=scale, coerce=int, empty_value=None, **common)
    return forms.CharField(max_length=300, **common)


# Programme admins


class EnrolmentFilterForm(forms.Form):
    unmarked = True

    q = forms.CharField(label=_("Name or e-mail"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("Both")), *Role.choices])


class ReasonForm(forms.Form):
    """Why, in the reader's view; an empty reason is an answer too."""

    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=300
    )

    def __init__(self, *args: Any, help_text: Any = "", visible_to: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = help_text
        self.visible_to = {"reason": visible_to} if visible_to else {}


class QuestionForm(forms.ModelForm):
    """A question of the sign-up page."""

    options = forms.CharField(
        label=_("Options"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=_("One per line. Only for “one of a list” and “several of a list”."),
    )

    class Meta:
        model = Question
        fields = ["text", "help_text", "kind", "options", "audience", "required"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["options"] = "\n".join(self.instance.options or [])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lines = (" ".join(line.split()) for line in cleaned.get("options", "").splitlines())
        options = list(dict.fromkeys(line[:100] for line in lines if line))
        if cleaned.get("kind") in (Question.Kind.CHOICE, Question.Kind.CHOICES):
            if not 2 <= len(options) <= 30:
                self.add_error("options", _("Give between 2 and 30 options, one per line."))
        else:
            options = []
        cleaned["options"] = options
        return cleaned


class InviteForm(forms.Form):
    message = forms.CharField(
        label=_("A few words from you"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=1000,
        help_text=_("They stand in the letter, above the link to the sign-up page."),
    )


class InviteFilterForm(forms.Form):
    unmarked = True

    q = forms.CharField(label=_("Name or e-mail"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    department = forms.ChoiceField(label=_("Department"), required=False)
    new_hires = forms.BooleanField(label=_("Only new colleagues"), required=False)

    def __init__(self, *args: Any, departments: list[str], program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [("", _("All"))] + [(name, name) for name in departments]
        if program.hired_within is None:
            del self.fields["new_hires"]


class SheetForm(forms.Form):
    sheet = forms.FileField(
        label=_("Sheet with sign-ups"),
        help_text=_("A CSV file, up to 5 MB, as form tools export it. It needs a column with e-mail addresses."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )


class SheetColumnsForm(forms.Form):
    """Who answered, and what each column holds."""

    role = forms.ChoiceField(label=_("Who answered?"), choices=[("mentor", _("Mentors")), ("mentee", _("Mentees"))])

    def __init__(self, *args: Any, sheet: Any, headings: list[tuple[str, list[str]]], **kwargs: Any) -> None:
        kwargs["initial"] = {"role": sheet.role} | {
            f"column_{number}": column or "" for number, column in enumerate(sheet.columns)
        }
        super().__init__(*args, **kwargs)
        choices = [("", _("not imported")), *list(SIGNUP_LABELS.items())]
        self.columns = []
        for number, (heading, samples) in enumerate(headings):
            name = f"column_{number}"
            self.fields[name] = forms.ChoiceField(
                label=heading or _("Column %(n)d") % {"n": number + 1}, choices=choices, required=False
            )
            self.columns.append({"field": self[name], "samples": samples})

    def chosen(self) -> list[str | None]:
        return [self.cleaned_data[f"column_{number}"] or None for number in range(len(self.columns))]
