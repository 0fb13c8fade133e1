"""What programme admins say of a question of the sign-up page."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from .. import answers
from ..models import Program, Question

FIELDS = (
    "text",
    "help_text",
    "kind",
    "options",
    "audience",
    "required",
    "visible_to",
    "shown_if_id",
    "shown_if_values",
)


class ConditionInput(forms.CheckboxSelectMultiple):
    """Answers to choose from, under the question that they answer."""

    template_name = "programs/widgets/condition.html"
    use_fieldset = True


class QuestionForm(forms.ModelForm):
    """A question of the sign-up page; `before` are the questions asked before it, whose answers may decide about it."""

    options = forms.CharField(
        label=_("Options"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=_("One per line. Only for “one of a list”, “several of a list” and “a list to put in order”."),
    )
    condition = forms.MultipleChoiceField(
        label=_("Ask only those who answered"),
        required=False,
        widget=ConditionInput,
        help_text=_("Tick nothing to ask everybody. Several answers of one question: any of them will do."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-keep": "no"}))

    class Meta:
        model = Question
        fields = ["text", "help_text", "kind", "options", "audience", "required", "visible_to"]
        widgets = {"visible_to": forms.RadioSelect}

    def __init__(self, *args: Any, program: Program, before: list[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = {each.pk: each for each in before if answers.possible(each)}
        self.initial["options"] = "\n".join(self.instance.options or [])
        self.initial["condition"] = [f"{self.instance.shown_if_id}:{value}" for value in self.instance.shown_if_values]
        self.initial["seen"] = seen(self.instance)
        self.fields["visible_to"].help_text = _("It stands beside the question for everybody who answers.")
        field = self.fields["condition"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (each.text, [(f"{each.pk}:{value}", value) for value in answers.possible(each)])
            for each in self.before.values()
        ]
        if not self.before:
            del self.fields["condition"]
        audience = self.fields["audience"]
        assert isinstance(audience, forms.ChoiceField)
        parts = program.parts
        audience.choices = [
            (Question.Audience.BOTH, _("everybody")),
            *((role, part.plural) for role, part in parts.items()),
        ]
        if len(parts) == 1:
            # Where all are alike there is nobody else to ask.
            del self.fields["audience"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lines = (" ".join(line.split()) for line in cleaned.get("options", "").splitlines())
        options = list(dict.fromkeys(line[:100] for line in lines if line))
        most = answers.OPTIONS.get(cleaned.get("kind", ""))
        if most is None:
            options = []
        elif not 2 <= len(options) <= most:
            self.add_error("options", _now("Give between 2 and %(most)d options, one per line.") % {"most": most})
        cleaned["options"] = options
        chosen = [each.partition(":") for each in cleaned.pop("condition", [])]
        asked = {int(pk) for pk, _colon, _value in chosen}
        if len(asked) > 1:
            self.add_error("condition", _("Choose answers of one question only."))
        cleaned["shown_if"] = self.before[asked.pop()] if len(asked) == 1 else None
        cleaned["shown_if_values"] = [value for _pk, _colon, value in chosen] if cleaned["shown_if"] else []
        cleaned.pop("seen", None)
        return cleaned

    def was_changed_meanwhile(self) -> bool:
        """Whether somebody else has changed the question since this form was shown."""
        before = self.data.get("seen", "")
        return bool(before and self.instance.pk and before != self.initial["seen"])

    def read_again(self) -> None:
        """What was typed stays, now as a change of what stands there."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data["seen"] = self.initial["seen"]
        self.data = data

    def _post_clean(self) -> None:
        """The instance stays as it is stored: what was typed goes through the service."""


def seen(question: Question) -> str:
    """What a question said when the form was shown."""
    if question.pk is None:
        return ""
    said = json.dumps([question.pk, *(getattr(question, name) for name in FIELDS)])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def audience_name(question: Question, program: Program) -> str:
    """Who is asked, in the words of the programme."""
    part = program.parts.get(question.audience)
    return _now("everybody") if part is None else str(capfirst(part.plural)).lower()


def only_after(question: Question) -> str:
    """On which answer a question depends; empty where it depends on none."""
    if question.shown_if is None:
        return ""
    return _now("Asked only of those who answer “%(values)s” to “%(question)s”.") % {
        "values": _now("” or “").join(question.shown_if_values),
        "question": question.shown_if.text,
    }
