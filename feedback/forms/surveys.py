"""Making a survey, and answering one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mentoring.tenancy.clock import today
from programs.forms.seen import SeenMixin
from programs.models import Program

from ..models import Survey, SurveyQuestion

Kind = SurveyQuestion.Kind
LONGEST_TEXT = 2000
MOST_SKILLS = 10
KNOWN = [
    (1, gettext_lazy("1 – new to it")),
    (2, gettext_lazy("2 – a little")),
    (3, gettext_lazy("3 – some")),
    (4, gettext_lazy("4 – well")),
    (5, gettext_lazy("5 – very well")),
]
SCALE = [
    (1, gettext_lazy("1 – not at all")),
    (2, "2"),
    (3, gettext_lazy("3 – somewhat")),
    (4, "4"),
    (5, gettext_lazy("5 – very much")),
]


class SurveyForm(SeenMixin, forms.ModelForm):
    """What a survey is called, when it is sent and to whom."""

    class Meta:
        model = Survey
        fields = ["name", "intro", "moment", "day", "role", "answer_days"]
        widgets = {
            "intro": forms.Textarea(attrs={"rows": 3}),
            "day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts = {
            "intro": gettext_lazy("Stands above the questions and in the letter."),
            "day": gettext_lazy("Only where it is sent on a day."),
            "answer_days": gettext_lazy("A reminder comes once, three days before the last."),
        }

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parts = program.parts
        role = forms.ChoiceField(label=_("Who is asked"), required=False)
        role.choices = [("", _("Everybody")), *((key, str(part.plural)) for key, part in parts.items())]
        role.initial = self.instance.role
        self.fields["role"] = role
        if len(parts) < 2:
            del self.fields["role"]
        days = self.fields["answer_days"]
        assert isinstance(days, forms.IntegerField)
        days.min_value, days.max_value = 3, 60
        days.widget.attrs |= {"min": 3, "max": 60}
        self.fields["day"].required = False

    def clean_answer_days(self) -> int:
        days: int = self.cleaned_data["answer_days"]
        if not 3 <= days <= 60:
            raise forms.ValidationError(_("Give people between 3 and 60 days."))
        return days

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("moment") == Survey.Moment.DAY:
            day = cleaned.get("day")
            if day is None and "day" not in self.errors:
                self.add_error("day", _("Choose the day on which it is sent."))
            elif day is not None and day < today():
                self.add_error("day", _("This day is over."))
        else:
            cleaned["day"] = None
        return cleaned


class SurveyQuestionForm(SeenMixin, forms.ModelForm):
    """A question of a survey."""

    options = forms.CharField(
        label=gettext_lazy("Options"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=gettext_lazy("One per line. Only for “one of a list” and “several of a list”."),
    )

    class Meta:
        model = SurveyQuestion
        fields = ["text", "help_text", "kind", "options", "required"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["options"] = "\n".join(self.instance.options or [])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lines = (" ".join(line.split()) for line in cleaned.get("options", "").splitlines())
        options = list(dict.fromkeys(line[:100] for line in lines if line))
        if cleaned.get("kind") in (Kind.CHOICE, Kind.CHOICES):
            if not 2 <= len(options) <= 20:
                self.add_error("options", _("Give between 2 and 20 options, one per line."))
        else:
            options = []
        cleaned["options"] = options
        return cleaned


class AnswerForm(forms.Form):
    """The questions of a survey, as whoever answers sees them."""

    def __init__(
        self,
        *args: Any,
        questions: list[SurveyQuestion],
        skills: list[tuple[int, str]],
        given: dict[int, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions, self.skills = questions, skills[:MOST_SKILLS]
        self.visible_to: dict[str, str] = {}
        given = given or {}
        for question in questions:
            for name, field in self._fields_of(question, given.get(question.pk)):
                self.fields[name] = field
                self.visible_to[name] = (
                    _("programme admins and HR, without your name, once five people have written something.")
                    if question.kind == Kind.TEXT
                    else _("nobody. Only numbers of five people or more are shown.")
                )

    def _fields_of(self, question: SurveyQuestion, value: Any) -> list[tuple[str, forms.Field]]:
        name = f"q{question.pk}"
        usual: dict[str, Any] = {
            "label": question.text,
            "help_text": question.help_text,
            "required": question.required,
            "initial": value,
        }
        radios: dict[str, Any] = {
            "widget": forms.RadioSelect,
            "error_messages": {"required": _("Choose one: %(question)s") % {"question": question.text}},
        }
        match question.kind:
            case Kind.SCALE:
                return [(name, forms.TypedChoiceField(choices=SCALE, coerce=int, empty_value=None, **radios, **usual))]
            case Kind.RECOMMEND:
                usual["help_text"] = usual["help_text"] or _("From 0, not at all likely, to 10, extremely likely.")
                choices = [(number, str(number)) for number in range(11)]
                radios["widget"] = forms.RadioSelect(attrs={"class": "choice-row"})
                return [
                    (name, forms.TypedChoiceField(choices=choices, coerce=int, empty_value=None, **radios, **usual))
                ]
            case Kind.CHOICE:
                options = [(option, option) for option in question.options]
                return [(name, forms.ChoiceField(choices=options, **radios, **usual))]
            case Kind.CHOICES:
                options = [(option, option) for option in question.options]
                widget = forms.CheckboxSelectMultiple
                return [(name, forms.MultipleChoiceField(choices=options, widget=widget, **usual))]
            case Kind.SKILLS:
                known = value or {}
                return [
                    (
                        f"{name}_{pk}",
                        forms.TypedChoiceField(
                            choices=KNOWN,
                            coerce=int,
                            empty_value=None,
                            **radios,
                            **usual | {"label": f"{question.text} {skill}", "initial": known.get(str(pk))},
                        ),
                    )
                    for pk, skill in self.skills
                ]
        area = forms.Textarea(attrs={"rows": 4})
        return [(name, forms.CharField(widget=area, max_length=LONGEST_TEXT, **usual))]

    def answers(self) -> dict[int, Any]:
        """By question, as it is kept."""
        data, found = self.cleaned_data, {}
        for question in self.questions:
            name = f"q{question.pk}"
            if question.kind == Kind.SKILLS:
                known = {str(pk): data[f"{name}_{pk}"] for pk, _skill in self.skills}
                found[question.pk] = {pk: value for pk, value in known.items() if value is not None}
            else:
                found[question.pk] = data[name]
        return found
