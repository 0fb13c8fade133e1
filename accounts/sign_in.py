"""The library's forms in our words. Apart from forms.py, which the library reads while it makes its own."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.utils.translation import gettext_lazy as _

EMAIL = _("E-mail address")
PASSWORD_RULE = _("At least ten characters; nothing common, and not your name.")


class Worded:
    """Labels instead of placeholders, which vanish as soon as they are needed."""

    labels: dict[str, Any] = {}
    help_texts: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]  # a form's
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.help_texts.get(name, field.help_text)


class LoginForm(Worded, account.LoginForm):
    labels = {"login": EMAIL, "remember": _("Stay signed in on this device")}


class SignupForm(Worded, account.SignupForm):
    labels = {"email": EMAIL, "password1": _("Password")}
    help_texts = {"password1": PASSWORD_RULE}


class ChangeEmailForm(Worded, account.AddEmailForm):
    labels = {"email": _("New e-mail address")}


class CorrectEmailForm(Worded, account.ChangeEmailForm):
    labels = {"email": EMAIL}


class ConfirmCodeForm(Worded, account.ConfirmEmailVerificationCodeForm):
    labels = {"code": _("Code from the letter")}


class ChangePasswordForm(Worded, account.ChangePasswordForm):
    labels = {
        "oldpassword": _("Present password"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }
    help_texts = {"password1": PASSWORD_RULE}


class SetPasswordForm(Worded, account.SetPasswordForm):
    labels = {"password1": _("Password"), "password2": _("Password again")}
    help_texts = {"password1": PASSWORD_RULE}


class ResetPasswordForm(Worded, account.ResetPasswordForm):
    labels = {"email": EMAIL}


class ResetPasswordKeyForm(Worded, account.ResetPasswordKeyForm):
    labels = {"password1": _("New password"), "password2": _("New password again")}
    help_texts = {"password1": PASSWORD_RULE}


class ReauthenticateForm(Worded, account.ReauthenticateForm):
    pass


class AuthenticateForm(Worded, mfa.AuthenticateForm):
    labels = {"code": _("Code from your app, or a recovery code")}


class CodeReauthenticateForm(Worded, mfa.ReauthenticateForm):
    labels = {"code": _("Code from your app, or a recovery code")}


class ActivateTOTPForm(Worded, totp.ActivateTOTPForm):
    labels = {"code": _("Code that the app shows now")}


class AddPasskeyForm(Worded, webauthn.AddWebAuthnForm):
    labels = {"name": _("Name"), "passwordless": _("Sign in with it alone, without the password")}
    help_texts = {
        "name": _("So that you can tell it from others, such as: work laptop."),
        "passwordless": _("The device then asks for your fingerprint, face or PIN. Otherwise it is a second step."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True


class EditPasskeyForm(Worded, webauthn.EditWebAuthnForm):
    labels = {"name": _("Name")}
