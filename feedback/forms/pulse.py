from django import forms
from django.utils.translation import gettext_lazy as _

USEFUL = [
    (1, _("1 – not at all")),
    (2, _("2 – a little")),
    (3, _("3 – somewhat")),
    (4, _("4 – quite")),
    (5, _("5 – very much")),
]
UNDERSTOOD = [
    (1, _("1 – not at all")),
    (2, _("2 – not so well")),
    (3, _("3 – all right")),
    (4, _("4 – well")),
    (5, _("5 – very well")),
]


class PulseForm(forms.Form):
    """Two questions after a session."""

    visible_to = {
        "useful": _("nobody. Only averages of five people or more are shown."),
        "understood": _("nobody. Only averages of five people or more are shown."),
    }

    useful = forms.TypedChoiceField(
        label=_("How useful was this session for you?"),
        choices=USEFUL,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how useful the session was for you.")},
    )
    understood = forms.TypedChoiceField(
        label=_("How well do you get on with each other?"),
        choices=UNDERSTOOD,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how well you get on with each other.")},
    )
