"""Concerns: raised in confidence, and followed by two people. For everybody else there is no such page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from programs.models import Enrolment, Mentorship, Participant, Program

from . import concerns
from .concern_forms import HandOverForm, RaiseForm, WriteForm
from .models import Concern

PER_PAGE = 20


@never_cache
@require_safe
def concern_list(request, org):
    """What one has raised and was told, and where to raise another."""
    member = request.member
    programs = Program.objects.launched().filter(
        pk__in=Enrolment.objects.filter(member=member, joined_at__isnull=False).values("program_id")
    )
    context = {
        "page": Paginator(concerns.concerns_of(member), PER_PAGE).get_page(request.GET.get("page")),
        "programs": programs.order_by("-launched_at", "-pk")[:10],
    }
    return render(request, "feedback/concern_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def concern_raise(request, org, pk):
    """From a programme."""
    program = get_object_or_404(Program.objects.launched().select_related("safeguarding_contact"), pk=pk)
    return _raise(request, org, program, None)


@never_cache
@require_http_methods(["GET", "POST"])
def concern_about(request, org, pk):
    """From a mentorship, or one of its sessions."""
    own = Participant.objects.filter(enrolment__member=request.member).values("mentorship_id")
    found = Mentorship.objects.filter(pk__in=own).select_related("program__safeguarding_contact")
    mentorship = get_object_or_404(found, pk=pk)
    return _raise(request, org, mentorship.program, mentorship)


def _raise(request, org, program, mentorship):
    member = request.member
    if not concerns.may_raise(program, member):
        raise Http404
    ways = concerns.ways(program, by=member, mentorship=mentorship)
    form = RaiseForm(request.POST if request.method == "POST" else None, ways=ways)
    if ways.people and form.is_valid():
        try:
            concern = concerns.raise_concern(
                program, text=form.cleaned_data["text"], to=form.reader(), by=member, mentorship=mentorship
            )
        except concerns.ConcernProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("%(name)s has been told, and nobody else.") % {"name": concern.contact.name})
            return redirect("feedback:concern", org=org, pk=concern.pk)
    context = {
        "program": program,
        "mentorship": mentorship,
        "ways": ways,
        "standing": concerns.standing_of(ways.others[0]) if ways.others else "",
        "form": form,
        "key": f"mentorship-{mentorship.pk}" if mentorship else f"programme-{program.pk}",
    }
    return render(request, "feedback/concern_raise.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def concern(request, org, pk):
    """Read one; as its contact acknowledge, note and close, and write to each other. `do` says what."""
    member = request.member
    found = get_object_or_404(concerns.concerns_of(member), pk=pk)
    is_contact = found.contact_id == member.pk
    do = request.POST.get("do", "answer")
    if request.method == "POST" and do == "acknowledge" and is_contact:
        concerns.acknowledge(found, by=member)
        messages.success(request, _("Whoever told you knows now that you have read it."))
        return redirect("feedback:concern", org=org, pk=pk)
    sent = request.POST if request.method == "POST" else None
    forms = {
        each: WriteForm(sent if do == each else None, prefix=each, may_be_empty=each == "close")
        for each in (("answer", "note", "close") if is_contact else ("answer",))
    }
    _label(forms, is_contact=is_contact)
    form = forms.get(do, forms["answer"])
    if form.is_valid() and _does(form, found, do, by=member):
        told = {
            "answer": _("Your answer is on its page, and a letter says that there is one."),
            "note": _("Noted. Only you read it, and whoever you hand it over to."),
            "close": _("It is closed."),
        }
        messages.success(request, told[do])
        return redirect("feedback:concern", org=org, pk=pk)
    opened = concerns.open_concern(found, by=member)
    context = {
        "concern": found,
        "opened": opened,
        "is_contact": is_contact,
        "is_closed": found.status == Concern.Status.CLOSED,
        "contact_is_gone": not concerns.can_read(found.contact),
        "is_named_no_more": is_contact and found.program.safeguarding_contact_id not in (None, member.pk),
        "form": form if form.errors else None,
        **{f"{name}_form": each for name, each in forms.items()},
    }
    return render(request, "feedback/concern.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def concern_hand_over(request, org, pk):
    """Give it to somebody else."""
    member = request.member
    found = get_object_or_404(concerns.concerns_of(member), pk=pk)
    people = concerns.successors(found, by=member)
    if not people and request.method == "GET":
        messages.warning(request, _("There is nobody to hand it over to."))
        return redirect("feedback:concern", org=org, pk=pk)
    form = HandOverForm(request.POST if request.method == "POST" else None, people=people)
    if form.is_valid():
        try:
            held = concerns.hand_over(found, to=form.successor(), by=member)
        except concerns.ConcernProblem as problem:
            form.add_error("to", str(problem))
        else:
            messages.success(request, _("%(name)s looks into it now.") % {"name": held.contact.name})
            if member.pk == held.raised_by_id:
                return redirect("feedback:concern", org=org, pk=pk)
            return redirect("feedback:concerns", org=org)
    context = {"concern": found, "form": form, "is_contact": found.contact_id == member.pk}
    return render(request, "feedback/concern_hand_over.html", context, status=422 if form.errors else 200)


def _label(forms, *, is_contact):
    answer = forms["answer"].fields["text"]
    answer.label = _("Write to each other")
    if not is_contact:
        return
    forms["note"].fields["text"].label = _("A note for yourself")
    forms["close"].fields["text"].label = _("A last word")


def _does(form, found, do, *, by) -> bool:
    text = form.cleaned_data["text"]
    ways: dict[str, Any] = {"note": concerns.add_note, "close": concerns.close}
    try:
        ways.get(do, concerns.answer)(found, text=text, by=by)
    except concerns.ConcernProblem as problem:
        form.add_error("text", str(problem))
    return not form.errors
