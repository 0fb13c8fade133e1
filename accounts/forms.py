"""What people type about organisations, members and themselves."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .models import User


class SignupNameForm(forms.Form):
    """The part of the sign-up form that is ours: what to call the person."""

    name = forms.CharField(label=_("Your name"), max_length=150)

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
