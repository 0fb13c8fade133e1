"""Announcements: read by those they are for, written by admins."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.rules import allowed, allows

from ..forms.resources import AnnouncementForm
from ..marked_text import to_html
from ..models import Enrolment, Program
from ..panels import tabs_of_program
from ..services import announcements as services
from ..services.resources import READING
from .posting import posted
from .programs import trail

PER_PAGE = 20


@require_safe
def announcement_list(request, org, pk):
    """What was told, the latest first: to one's own role; admins see all."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    may_manage = allows(request.member, "programs.manage")
    own = Enrolment.objects.filter(program=program, member=request.member, status__in=READING).first()
    if own is None and not may_manage:
        raise PermissionDenied
    found = services.announcements_for(program, None if may_manage else own.role)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for each in page:
        each.html = to_html(each.body)
    context = {"program": program, "page": page, "may_manage": may_manage, "trail": trail(request, program)}
    if may_manage:
        context["tabs"] = tabs_of_program(program, by=request.member, current="announcements")
    return render(request, "programs/announcement_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def announcement_create(request, org, pk):
    """Write, look at it with the number of readers, then send."""
    program = get_object_or_404(Program.objects.running(), pk=pk)
    form = AnnouncementForm(posted(request), program=program)
    context = {"program": program, "form": form}
    if form.is_valid():
        count = services.readers(program, form.cleaned_data["role"]).count()
        if not count:
            form.add_error("role", _("Nobody is enrolled there yet, so nobody would read it."))
        elif request.POST.get("do") == "send":
            sent = services.announce(program, by=request.member, **form.cleaned_data)
            n = sent.recipients
            text = ngettext("It is on its way to %(n)d person.", "It is on its way to %(n)d people.", n) % {"n": n}
            messages.success(request, text)
            return redirect("programs:announcements", org=org, pk=pk)
        elif request.POST.get("do") != "edit":
            context |= {"preview": form.cleaned_data, "html": to_html(form.cleaned_data["body"]), "count": count}
    here = {"label": _("Announcements"), "url": reverse("programs:announcements", args=[org, program.pk])}
    context["trail"] = [*trail(request, program), here]
    return render(request, "programs/announcement_form.html", context, status=422 if form.errors else 200)
