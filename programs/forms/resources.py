"""What an admin gives people to read, and tells them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from mentoring.files.checking import ACCEPTED

from ..models import Program, Resource, Stage

MARKS = _("Marks that you can use: ## before a heading, - before a point, **bold**, [name](https://address).")


class ResourceForm(forms.ModelForm):
    """A text, link, video or file, for whom and when."""

    body = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=20_000,
        help_text=MARKS,
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    url = forms.URLField(
        label=_("Address"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("Of the link or the video; it opens in a new page."),
    )
    stage: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Stage"),
        queryset=Stage.objects.none(),
        required=False,
        empty_label=_("Any time"),
        help_text=_("When it matters most. People see it all the time."),
    )
    upload = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("PDF, document, spreadsheet, slides, picture or plain text, up to 10 MB."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-keep": "no"}))

    class Meta:
        model = Resource
        fields = [
            "title",
            "kind",
            "summary",
            "body",
            "url",
            "upload",
            "minutes",
            "role",
            "stage",
            "is_guide",
            "required",
        ]
        widgets = {
            "kind": forms.RadioSelect,
            "summary": forms.TextInput,
        }
        help_texts = {
            "minutes": _("How long it takes, roughly."),
            "is_guide": _("It stands at the top of the page “Prepare”."),
            "required": _("Where training is required, nobody is matched before they have read it."),
        }

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = [(kind, str(label).capitalize()) for kind, label in Resource.Kind.choices]
        fields["role"].choices = [
            ("", _("Everybody")), *((role, str(part.plural).capitalize()) for role, part in program.parts.items()),
        ]  # fmt: skip
        fields["stage"].queryset = Stage.objects.filter(program=program)
        if self.instance.file_id:
            self.fields["upload"].help_text = _now("Now: %(name)s. Choose another to put it in its place.") % {
                "name": self.instance.file.name
            }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        kind = data.get("kind")
        if kind == Resource.Kind.TEXT and not (data.get("body") or "").strip():
            self.add_error("body", _("Write the text."))
        if kind in (Resource.Kind.LINK, Resource.Kind.VIDEO) and not data.get("url") and "url" not in self.errors:
            self.add_error("url", _("Enter the address."))
        if data.get("url") and not data["url"].startswith(("http://", "https://")):
            self.add_error("url", _("Enter an address that begins with https://."))
        if (
            kind == Resource.Kind.FILE
            and not data.get("upload")
            and not self.instance.file_id
            and "upload" not in self.errors
        ):
            self.add_error("upload", _("Choose a file."))
        if data.get("is_guide") and not data.get("role"):
            self.add_error("role", _("A guide is for one role: choose which."))
        return data

    def _post_clean(self) -> None:
        """The service writes it; here only what was typed is looked at."""

    def fields_to_save(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields if name != "upload"}


class AnnouncementForm(forms.Form):
    """Something that everybody, or everybody of one role, should know."""

    role = forms.ChoiceField(label=_("To whom"), required=False, widget=forms.RadioSelect)
    title = forms.CharField(label=_("Title"), max_length=150)
    body = forms.CharField(label=_("Text"), max_length=5000, help_text=MARKS, widget=forms.Textarea(attrs={"rows": 8}))

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(role, str(part.plural).capitalize()) for role, part in program.parts.items()]
        fields: dict[str, Any] = self.fields
        fields["role"].choices = [("", _("Everybody")), *(roles if len(roles) > 1 else [])]
