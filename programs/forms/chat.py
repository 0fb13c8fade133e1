"""A message inside a mentorship."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from mentoring.files.checking import ACCEPTED

from .along import ALL

LONGEST = 5000


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/input.html"


class FilesField(forms.FileField):
    """Any number of files, as a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        sent = data if isinstance(data, list | tuple) else [data] if data else []
        # An empty file is refused with the others, by what it is.
        return [super(FilesField, self).clean(each, initial) for each in sent]


class MessageForm(forms.Form):
    """Words and files. The token makes a message that is sent twice one."""

    visible_to = {"text": ALL}
    unmarked = True

    text = forms.CharField(
        label=_("Your message"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    attached = FilesField(
        label=_("Files"),
        required=False,
        help_text=_("Up to five: PDF, documents, pictures, plain text; 10 MB each."),
        widget=ManyFiles(attrs={"accept": ACCEPTED}),
    )
    token = forms.UUIDField(required=False, widget=forms.HiddenInput(attrs={"data-keep": "no"}))

    @classmethod
    def fresh(cls) -> MessageForm:
        return cls(initial={"token": uuid4()})

    def clean_token(self) -> UUID:
        return self.cleaned_data["token"] or uuid4()
