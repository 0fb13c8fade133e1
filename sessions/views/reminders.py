"""Which reminders come, chosen when signed in or stopped from a letter with one click."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Member, Organisation
from mentoring.tenancy.scope import organisation_scope

from .. import services
from ..forms import RemindersForm
from ..reminding import KINDS, read_token


@require_http_methods(["GET", "POST"])
def reminders(request, org):
    form = RemindersForm(request.POST if request.method == "POST" else None, member=request.member)
    if form.is_valid():
        for kind, ahead in form.chosen().items():
            services.choose_reminders(request.member, kind=kind, ahead=ahead, by=request.member)
        services.choose_digest(request.member, wanted=form.cleaned_data["digest"], by=request.member)
        messages.success(request, _("Saved. It holds for what is booked already, too."))
        return redirect("sessions:reminders", org=org)
    return render(request, "sessions/reminders.html", {"form": form}, status=422 if form.errors else 200)


# Mail programs post here without ever having seen a page of ours (RFC 8058); the signed address is the proof.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def unsubscribe(request, token):
    """Stop one kind of letter to one person. A GET only asks, because mail scanners open every link."""
    found = read_token(token)
    organisation = Organisation.objects.filter(pk=found[0]).first() if found else None
    if organisation is None:
        return render(request, "sessions/unsubscribe.html", {"unknown": True}, status=404)
    with organisation_scope(organisation):
        member = Member.objects.filter(pk=found[1]).first()
        if member is None:
            return render(request, "sessions/unsubscribe.html", {"unknown": True}, status=404)
        done = request.method == "POST"
        if done:
            services.choose_reminders(member, kind=found[2], ahead=[], by=member)
        context = {"done": done, "kind": KINDS[found[2]], "from": organisation}
        return render(request, "sessions/unsubscribe.html", context)
