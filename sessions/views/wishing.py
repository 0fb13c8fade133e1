"""The answer to a session that waits for a yes."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ..services import SessionProblem, wishing
from .sessions import own_sessions, settled


class DeclineForm(forms.Form):
    """Why a time doesn't suit."""

    visible_to = {"reason": gettext_lazy("everyone in this session")}

    reason = forms.CharField(label=gettext_lazy("If not, why?"), max_length=300, required=False)


@never_cache
@require_POST
def session_answer(request, org, pk):
    """Say yes or no to a session that somebody wished for, or take the wish back."""
    session = get_object_or_404(own_sessions(request.member), pk=pk)
    form = DeclineForm(request.POST)
    is_own = session.booked_by_id == request.member.pk
    if not session.is_wished or not form.is_valid() or not (is_own or wishing.answers(session, request.member)):
        return settled(request, org, session)
    try:
        if "yes" in request.POST and not is_own:
            session = wishing.accept_wish(session, by=request.member)
            if session.is_planned:
                messages.success(request, _("Agreed. Everyone gets an invitation by e-mail."))
            else:
                messages.warning(
                    request, _("This time is no longer free. Whoever asked hears of it, with the nearest free times.")
                )
        elif "no" in request.POST:
            wishing.decline_wish(session, **form.cleaned_data, by=request.member)
            messages.success(request, _("Taken back.") if is_own else _("Whoever asked hears that it does not suit."))
    except SessionProblem as problem:
        return settled(request, org, session, str(problem))
    return redirect("sessions:detail", org=org, pk=pk)
