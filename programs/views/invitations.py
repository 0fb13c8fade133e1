"""Inviting people to sign up."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Member
from accounts.rules import allowed
from mentoring.jobs.services import start_job

from .. import emails, services
from ..forms import InviteFilterForm, InviteForm
from ..models import Program
from .posting import posted
from .programs import trail

PER_PAGE = 50


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def program_invite(request, org, pk):
    """Choose whom to invite; a job writes the letters."""
    program = get_object_or_404(Program.objects.running(), pk=pk)
    values = Member.objects.current().exclude(department="").values_list("department", flat=True)
    filters = InviteFilterForm(
        request.GET, departments=list(values.order_by("department").distinct()[:200]), program=program
    )
    filters.is_valid()
    wanted = filters.cleaned_data
    people = services.to_invite(program, only_new_hires=wanted.get("new_hires", False))
    if wanted.get("department"):
        people = people.filter(department=wanted["department"])
    if wanted.get("q"):
        people = people.matching_text(wanted["q"])
    form = InviteForm(posted(request))
    if form.is_valid():
        is_narrow = bool(wanted.get("department") or wanted.get("q"))
        member_ids = None
        if not request.POST.get("all"):
            member_ids = [int(each) for each in request.POST.getlist("member") if each.isdecimal() and len(each) < 19]
            if not member_ids:
                form.add_error(None, _("Nobody was chosen. Tick those whom you want to invite, or invite all."))
        elif is_narrow:
            member_ids = list(people.values_list("pk", flat=True))
        if not form.errors:
            asked = {
                "program_id": program.pk,
                "by_id": request.member.pk,
                "member_ids": member_ids,
                "new_hires": wanted.get("new_hires", False),
                "message": form.cleaned_data["message"],
            }
            job = start_job("programs.invite", subject=f"program:{program.pk}", **asked)
            if job.params == asked:
                back = reverse("programs:detail", args=[org, pk])
                return redirect(reverse("jobs:detail", args=[org, job.pk]) + f"?next={back}")
            # It is the one of an earlier invitation, to others or in other words.
            form.add_error(None, _("Others are being invited right now. Please wait until that has ended."))
    page = Paginator(people.order_by("family_name", "given_name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    invited = emails.invited_addresses(program)
    for person in page:
        person.is_invited = person.email in invited
    context = {
        "program": program,
        "form": form,
        "filters": filters,
        "page": page,
        "is_filtered": any(wanted.values()),
        "trail": trail(request, program),
    }
    return render(request, "programs/program_invite.html", context, status=422 if form.errors else 200)
