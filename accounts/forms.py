"""What people type about organisations, members and themselves."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mentoring.tenancy.clock import today

from .models import Member, Organisation, User
from .validators import time_zones

# Elsewhere are other names of the same places.
AREAS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip
DEFAULT_TIME_ZONE = "Europe/London"

EVERYBODY = _("everybody in the organisation whom you meet")
PEOPLE_TEAM = _("you, the programme admins and HR")


def time_zone_choices(current: str = "") -> list[Any]:
    """Zones grouped by area, each by its place; with the one that is set, should it have an old name."""
    places = [name for name in time_zones() if name.split("/")[0] in AREAS]
    groups: list[Any] = [
        (area, [(name, name.partition("/")[2].replace("_", " ").replace("/", ", ")) for name in names])
        for area, names in groupby(places, key=lambda name: name.split("/")[0])
    ]
    more = [(name, name) for name in dict.fromkeys(("UTC", current)) if name and name not in places]
    return [*groups, (_("Other"), more)]


class TimeZoneField(forms.ChoiceField):
    """A choice of places; a script offers the browser's own zone in a new form."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Time zone"))
        super().__init__(choices=time_zone_choices, **kwargs)

    def keep(self, current: str) -> None:
        self.choices = time_zone_choices(current)


class LanguagesField(forms.CharField):
    """Languages as people write them, separated by commas; a list of names, each once."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Languages"))
        kwargs.setdefault("help_text", _("Those that you can talk in comfortably, such as: English, Polish"))
        super().__init__(required=False, max_length=300, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        # Of the text, not of the list that comes of it.
        super().run_validators(text)
        names: dict[str, str] = {}
        for word in text.replace(";", ",").split(","):
            name = " ".join(word.split())
            if name:
                names.setdefault(name.casefold(), name[:1].upper() + name[1:])
        return list(names.values())

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > 12 or any(len(name) > 40 for name in value):
            raise ValidationError(_("Please write at most twelve languages, separated by commas."))

    def run_validators(self, value: Any) -> None:
        """Done already."""


class PersonField(forms.CharField):
    """A colleague, named by e-mail address or employee number; the Member it finds."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Their e-mail address or employee number."))
        super().__init__(required=False, max_length=254, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value.email or value.employee_number if isinstance(value, Member) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = Member.objects.filter(email=text.lower()).first() or Member.objects.filter(employee_number=text).first()
        if found is None:
            raise ValidationError(_("Nobody here has the e-mail address or number %(text)s."), params={"text": text})
        return found


def add_errors(form: forms.Form, error: ValidationError) -> None:
    """Put what a service refused beside the fields it is about."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


class SignupNameForm(forms.Form):
    """The part of the sign-up form that is ours: what to call the person."""

    field_order = ["name", "email", "password1"]

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = " ".join(self.cleaned_data["name"].split())
        user.save(update_fields=["name"])


class OrganisationForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the organisation"),
        max_length=100,
        help_text=_("As people know it; it stands on every page and letter."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    time_zone = TimeZoneField(
        label=_("Its time zone"),
        help_text=_("When its night is, and what new people begin with. Each can choose their own."),
    )

    def __init__(self, *args: Any, organisation: Organisation | None = None, **kwargs: Any) -> None:
        initial = {"time_zone": DEFAULT_TIME_ZONE}
        if organisation:
            initial = {"name": organisation.name, "time_zone": organisation.time_zone}
        kwargs.setdefault("initial", initial)
        super().__init__(*args, **kwargs)
        if organisation:
            self.fields["time_zone"].keep(organisation.time_zone)  # type: ignore[attr-defined]  # a TimeZoneField
        else:
            self.fields["time_zone"].widget.attrs["data-own-zone"] = ""


class LogoForm(forms.Form):
    logo = forms.FileField(
        label=_("Logo"),
        help_text=_("PNG, JPEG or WebP, up to 2 MB. It stands on certificates and reports."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )


class MemberForm(forms.Form):
    """What is recorded about a person, by those who manage people."""

    given_name = forms.CharField(label=_("Given name"), max_length=100, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=100, required=False)
    email = forms.EmailField(
        label=_("E-mail address"), required=False, help_text=_("Invitations and reminders go there.")
    )
    employee_number = forms.CharField(label=_("Employee number"), max_length=40, required=False)
    department = forms.CharField(label=_("Department"), max_length=100, required=False)
    job_title = forms.CharField(label=_("Job title"), max_length=150, required=False)
    level = forms.IntegerField(
        label=_("Level"), min_value=1, max_value=20, required=False, help_text=_("From 1, the most junior, to 20.")
    )
    site = forms.CharField(label=_("Site"), max_length=100, required=False)
    time_zone = TimeZoneField()
    manager = PersonField(label=_("Manager"))
    hired_on = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Without it no report on retention counts this person."),
    )

    def __init__(self, *args: Any, member: Member | None = None, time_zone: str = "", **kwargs: Any) -> None:
        self.member = member
        initial: dict[str, Any] = {"time_zone": time_zone}
        if member:
            initial = {name: getattr(member, name) for name in self.base_fields}
        kwargs.setdefault("initial", initial)
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].keep(initial["time_zone"])  # type: ignore[attr-defined]  # a TimeZoneField
        if member:
            # Employment changes by leaving and coming back.
            del self.fields["hired_on"]

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if email and self._others().filter(email=email).exists():
            raise ValidationError(_("Somebody here has this e-mail address already."))
        return email

    def clean_employee_number(self) -> str:
        number = self.cleaned_data["employee_number"]
        if number and self._others().filter(employee_number=number).exists():
            raise ValidationError(_("Somebody here has this employee number already."))
        return number

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        names = ("given_name", "family_name", "email", "employee_number")
        if not self.errors and not any(values.get(name) for name in names):
            self.add_error(
                "given_name", _("Write a name, an e-mail address or a number, so that people know who this is.")
            )
        return values

    def _others(self) -> Any:
        return Member.objects.exclude(pk=self.member.pk) if self.member else Member.objects.all()


class FilterForm(forms.Form):
    """Which members a list shows."""

    unmarked = True

    STATUSES = [
        ("", _("Working here")),
        ("login", _("Can sign in")),
        ("nologin", _("Without a login")),
        ("left", _("Left")),
        ("all", _("Everybody")),
    ]

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("Name, e-mail or number")}
        ),
    )
    department = forms.ChoiceField(label=_("Department"), required=False)
    site = forms.ChoiceField(label=_("Site"), required=False)
    status = forms.ChoiceField(label=_("Who"), required=False, choices=STATUSES)

    def __init__(self, *args: Any, departments: list[str], sites: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, values, everything in [
            ("department", departments, _("All departments")),
            ("site", sites, _("All sites")),
        ]:
            self.fields[name].choices = [("", everything), *((v, v) for v in values)]  # type: ignore[attr-defined]  # a field of choices

    def narrow(self, members: Any) -> Any:
        """Those of `members` that are asked for. What makes no sense is left out."""
        chosen = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        members = members.matching_text(chosen.get("q", ""))
        for name in ("department", "site"):
            if chosen.get(name):
                members = members.filter(**{name: chosen[name]})
        status = chosen.get("status", "")
        if status == "left":
            return members.filter(left_on__lt=today())
        if status == "all":
            return members
        members = members.current()
        if status == "login":
            return members.with_login()
        return members.filter(user__isnull=True) if status == "nologin" else members


class LeavingForm(forms.Form):
    last_day = forms.DateField(
        label=_("Last day of employment"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Their login stops working here when this day is over."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=100, required=False)
    visible_to = {"reason": PEOPLE_TEAM}


class EraseForm(forms.Form):
    """On whose word somebody is erased; and their name, so that it is nobody else."""

    request = forms.CharField(
        label=_("Which request?"),
        max_length=200,
        help_text=_(
            "How and when they asked for it, such as: by e-mail on 3 March. Leave out their name; this is kept."
        ),
    )
    name = forms.CharField(label=_("Their name, to confirm"), max_length=210)

    visible_to = {"request": _("owners")}

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        self.fields["name"].help_text = _("Type: %(name)s") % {"name": member.name}

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if name.casefold() != " ".join(self.member.name.split()).casefold():
            raise forms.ValidationError(_("This isn’t the name of the person whom you are about to erase."))
        return name

    def clean_request(self) -> str:
        request: str = self.cleaned_data["request"]
        for own in (self.member.name, self.member.email):
            if own and own.casefold() in request.casefold():
                raise forms.ValidationError(_("Leave out their name and address: this sentence is kept."))
        return request


class RehireForm(forms.Form):
    started_on = forms.DateField(
        label=_("First day of the new employment"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class RolesForm(forms.Form):
    is_owner = forms.BooleanField(
        label=_("Owner"),
        required=False,
        help_text=_("Settings, roles and API keys; and all that programme admins and HR analysts do."),
    )
    is_admin = forms.BooleanField(
        label=_("Programme admin"),
        required=False,
        help_text=_("Launches programmes, manages people, matches, follows up."),
    )
    is_hr = forms.BooleanField(
        label=_("HR analyst"), required=False, help_text=_("Sees people and the reports; changes nothing.")
    )


class InvitationForm(RolesForm):
    """Somebody to invite. Only owners give roles."""

    email = forms.EmailField(label=_("E-mail address"), help_text=_("The invitation goes there, and only there."))
    given_name = forms.CharField(label=_("Given name"), max_length=100, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=100, required=False)
    field_order = ["email", "given_name", "family_name", "is_owner", "is_admin", "is_hr"]

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by.is_owner:
            for name in RolesForm.base_fields:
                del self.fields[name]


class ProfileForm(forms.Form):
    given_name = forms.CharField(label=_("Given name"), max_length=100)
    family_name = forms.CharField(label=_("Family name"), max_length=100, required=False)
    time_zone = TimeZoneField(label=_("Your time zone"), help_text=_("Every time you see is in it."))
    languages = LanguagesField(label=_("Your languages"))
    visible_to = {
        "given_name": EVERYBODY,
        "family_name": EVERYBODY,
        "time_zone": _("you, the programme admins and whoever you meet"),
        "languages": _("you, the programme admins and whoever you might be matched with"),
    }

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(member, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].keep(member.time_zone)  # type: ignore[attr-defined]  # a TimeZoneField


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label=_("What the key is for"), max_length=80, help_text=_("Such as: payroll export. It shows who uses what.")
    )
