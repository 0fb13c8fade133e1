"""The answer to a session that waits for a yes, and to one that somebody is invited to."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ..answering import ANSWERS
from ..services import SessionProblem, wishing
from ..services.answering import answer_session
from .sessions import own_sessions, settled


class DeclineForm(forms.Form):
    """Why a time doesn't suit."""

    visible_to = {"reason": gettext_lazy("everyone in this session")}

    reason = forms.CharField(label=gettext_lazy("If not, why?"), max_length=300, required=False)


class AnswerForm(forms.Form):
    """Whether somebody comes, and to which version of the session they were looking at when they said so."""

    answer = forms.ChoiceField(choices=[(answer, answer) for answer in ANSWERS])
    sequence = forms.IntegerField(min_value=0)


@never_cache
@require_POST
def session_answer(request, org, pk):
    """Say yes or no to a session that somebody wished for or invites to, or take the wish back."""
    session = get_object_or_404(own_sessions(request.member), pk=pk)
    if "answer" in request.POST:
        return _come_or_not(request, org, session)
    form = DeclineForm(request.POST)
    is_own = session.booked_by_id == request.member.pk
    if not session.is_wished or not form.is_valid() or not (is_own or wishing.answers(session, request.member)):
        return settled(request, org, session)
    try:
        if "yes" in request.POST and not is_own:
            _say_what_came(request, wishing.accept_wish(session, by=request.member))
        elif "no" in request.POST:
            wishing.decline_wish(session, **form.cleaned_data, by=request.member)
            messages.success(request, _("Taken back.") if is_own else _("Whoever asked hears that it does not suit."))
    except SessionProblem as problem:
        return settled(request, org, session, str(problem))
    return redirect("sessions:detail", org=org, pk=pk)


def _come_or_not(request, org, session):
    form = AnswerForm(request.POST)
    if not form.is_valid() or session.has_seats:
        return settled(request, org, session)
    answer = ANSWERS[form.cleaned_data["answer"]]
    try:
        answer_session(session, answer=answer, sequence=form.cleaned_data["sequence"], by=request.member)
    except SessionProblem as problem:
        return settled(request, org, session, str(problem))
    if answer == "accepted":
        messages.success(request, _("You have accepted. The others can see that you come."))
    else:
        messages.warning(
            request,
            _("You have declined, and the others hear of it. The session stands until one of you moves or cancels it."),
        )
    return redirect("sessions:detail", org=org, pk=session.pk)


def _say_what_came(request, accepted):
    planned, gone = accepted
    if planned and not gone:
        sentence = ngettext(
            "Agreed. Everyone gets an invitation by e-mail.",
            "Agreed. Everyone gets an invitation to each of the %(n)d sessions by e-mail.",
            len(planned),
        )
        messages.success(request, sentence % {"n": len(planned)})
    elif planned:
        sentence = ngettext(
            "Agreed, but one time is no longer free. Everyone gets invitations to the others, and whoever asked hears which is off.",
            "Agreed, but %(n)d times are no longer free. Everyone gets invitations to the others, and whoever asked hears which are off.",
            len(gone),
        )
        messages.warning(request, sentence % {"n": len(gone)})
    else:
        messages.warning(
            request, _("This time is no longer free. Whoever asked hears of it, with the nearest free times.")
        )
