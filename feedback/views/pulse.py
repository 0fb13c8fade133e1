"""The two questions after a session."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sessions.models import Session

from .. import services
from ..forms import PulseForm
from ..models import Pulse


@never_cache
@require_http_methods(["GET", "POST"])
def pulse(request, org, pk):
    session = get_object_or_404(Session.objects.held().involving(request.member).with_people(), pk=pk)
    given = Pulse.objects.filter(session=session, member=request.member).first()
    initial = {"useful": given.useful, "understood": given.understood} if given else None
    # Nothing chosen at all is an answer to complain about too, though it makes an empty POST.
    form = PulseForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            services.give_pulse(session, **form.cleaned_data, by=request.member)
        except services.FeedbackProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Thank you. Your answers are in."))
            return redirect("reports:home", org=org)
    context = {
        "session": session,
        "given": given,
        "form": form,
        "others": session.others(request.member),
        "floor": services.PEOPLE_FLOOR,
    }
    return render(request, "feedback/pulse.html", context, status=422 if form.errors else 200)
