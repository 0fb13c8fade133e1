"""The people of an organisation."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mentoring.outbox.services import bounced, not_sent

from .. import erasing, services
from ..forms import EraseForm, FilterForm, LeavingForm, MemberForm, RehireForm, RolesForm, add_errors
from ..models import Erasure, Member
from ..panels import panels_of
from ..rules import allowed, allows

PEOPLE_PER_PAGE = 50
# Somebody with more reports than these is found through the list.
REPORTS_SHOWN = 50


@require_safe
@allowed("people.view")
def member_list(request, org):
    everybody = Member.objects.all()
    form = FilterForm(request.GET, departments=_values(everybody, "department"), sites=_values(everybody, "site"))
    page = Paginator(form.narrow(everybody), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    may_manage = allows(request.member, "people.manage")
    context = {
        "form": form,
        "page": page,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_manage": may_manage,
        "bounced": bounced(person.email for person in page.object_list) if may_manage else {},
        "not_sent": not_sent().count() if may_manage and not request.htmx else 0,
    }
    return render(request, "accounts/member_list.html" + ("#results" if request.htmx else ""), context)


def _values(members, field):
    found = members.exclude(**{field: ""}).order_by(field).values_list(field, flat=True).distinct()
    return list(found[:200])


@require_safe
@allowed("people.view")
def member_detail(request, org, pk):
    member = get_object_or_404(Member.objects.select_related("manager", "user"), pk=pk)
    reports = Member.objects.current().filter(manager=member)
    may_erase = allows(request.member, "organisation.manage")
    context = {
        "person": member,
        "may_erase": may_erase,
        "erasure": Erasure.objects.select_related("by").filter(member=member).first() if member.erased_at else None,
        "spells": list(member.spells.all()),
        "job_changes": list(member.job_changes.order_by("-effective_on", "-pk")),
        "reports": list(reports[:REPORTS_SHOWN]),
        "report_count": reports.count(),
        "invitation": member.invitations.first(),
        "is_open": member.invitations.open().exists(),
        "panels": panels_of(member, by=request.member),
        "bounced": bounced([member.email]).get(member.email),
        "may_manage": allows(request.member, "people.manage"),
        "may_give_roles": allows(request.member, "organisation.manage"),
    }
    return render(request, "accounts/member_detail.html", context)


@require_http_methods(["GET", "POST"])
@allowed("people.manage")
def member_create(request, org):
    form = MemberForm(request.POST or None, time_zone=request.organisation.time_zone)
    if form.is_valid():
        try:
            member = services.add_member(by=request.member, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%(name)s is in.") % {"name": member.name})
            return redirect("accounts:member_detail", org=org, pk=member.pk)
    return render(request, "accounts/member_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("people.manage")
def member_edit(request, org, pk):
    member = get_object_or_404(Member.objects.known().select_related("manager"), pk=pk)
    form = MemberForm(request.POST or None, member=member)
    if form.is_valid():
        try:
            services.edit_member(member, by=request.member, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:member_detail", org=org, pk=pk)
    person = get_object_or_404(Member, pk=pk)
    context = {"form": form, "person": person}
    return render(request, "accounts/member_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("people.manage")
def member_leave(request, org, pk):
    member = get_object_or_404(Member.objects.known(), pk=pk)
    form = LeavingForm(request.POST or None)
    if form.is_valid():
        try:
            services.mark_left(member, **form.cleaned_data, by=request.member)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Recorded that %(name)s leaves.") % {"name": member.name})
            return redirect("accounts:member_detail", org=org, pk=pk)
    context = {"form": form, "person": member}
    return render(request, "accounts/member_leave.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("people.manage")
def member_rehire(request, org, pk):
    member = get_object_or_404(Member.objects.known().filter(left_on__isnull=False), pk=pk)
    form = RehireForm(request.POST or None)
    if form.is_valid():
        try:
            services.rehire(member, **form.cleaned_data, by=request.member)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Welcome back, %(name)s.") % {"name": member.name})
            return redirect("accounts:member_detail", org=org, pk=pk)
    context = {"form": form, "person": member}
    return render(request, "accounts/member_rehire.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("organisation.manage")
def member_roles(request, org, pk):
    member = get_object_or_404(Member.objects.known(), pk=pk)
    roles = {name: getattr(member, name) for name in RolesForm.base_fields}
    form = RolesForm(request.POST if request.method == "POST" else None, initial=roles)
    if form.is_valid():
        try:
            services.change_roles(member, **form.cleaned_data, by=request.member)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The roles of %(name)s are saved.") % {"name": member.name})
            return redirect("accounts:member_detail", org=org, pk=pk)
    context = {"form": form, "person": member}
    return render(request, "accounts/member_roles.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("organisation.manage")
def member_erase(request, org, pk):
    """Take out who somebody was, on their request."""
    member = get_object_or_404(Member.objects.known(), pk=pk)
    problem = erasing.why_not(member, by=request.member)
    form = EraseForm(request.POST if request.method == "POST" else None, member=member)
    status = 200
    if request.method == "POST" and problem:
        status = 409
    elif form.is_valid():
        erasing.erase_member(member, request=form.cleaned_data["request"], by=request.member)
        messages.success(request, _("Erased. Who this was can’t be found out here any more."))
        return redirect("accounts:member_detail", org=org, pk=pk)
    elif form.errors:
        status = 422
    context = {"form": form, "person": member, "problem": problem}
    return render(request, "accounts/member_erase.html", context, status=status)
