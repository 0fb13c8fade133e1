"""A mentorship: answering an offer, its page, and its end without blame."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import allows

from .. import services
from ..forms import ReasonForm, as_lines
from ..forms.along import EndForm
from ..models import Mentorship
from ..panels import panels_for_admin, panels_of_mentorship
from ..services import lifelines
from ..services import questions as asking
from ..wording import for_members, sentence
from .posting import posted
from .programs import trail


def _find(request, pk, *, admins=False):
    """One's own mentorship; programme admins may see and end those of others as well."""
    mentorships = Mentorship.objects.select_related("program").prefetch_related(
        "participants__enrolment__member", "participants__enrolment__skills__skill"
    )
    mentorship = get_object_or_404(mentorships, pk=pk)
    # Who has left a group that goes on without them sees it no more.
    people = services.present(mentorship.participants.all())
    own = next((each for each in people if each.enrolment.member_id == request.member.pk), None)
    if own is None and not (admins and allows(request.member, "programs.manage")):
        raise Http404
    return mentorship, own, people


def _context(request, mentorship, own, people):
    others = [each for each in people if each is not own]
    shared = None
    if own is not None and len(others) == 1:
        wanted, offered = (own, others[0]) if own.role == "mentee" else (others[0], own)
        offers = {each.skill_id for each in offered.enrolment.skills.all()}
        shared = [each.skill.name for each in wanted.enrolment.skills.all() if each.skill_id in offers]
    said = asking.answers_seen([each.enrolment for each in others], of=asking.MATCHED)
    for each in others:
        each.said = as_lines(said.get(each.enrolment_id, []))
    is_group = services.is_group(mentorship.program, list(mentorship.participants.all()))
    return {
        "mentorship": mentorship,
        "program": mentorship.program,
        "is_group": is_group,
        "may_complete": services.may_complete(mentorship, people, by=request.member),
        "group_name": mentorship.name or ", ".join(each.enrolment.member.name for each in people) if is_group else "",
        "own": own,
        "people": people,
        "others": others,
        "other_names": ", ".join(each.enrolment.member.name for each in others),
        "all_names": _(" and ").join(each.enrolment.member.name for each in people),
        "shared": shared,
        "clock_now": timezone.now(),
        "reasons": for_members(mentorship.reasons, role=own.role if own else ""),
        "trail": trail(request, mentorship.program),
    }


@require_safe
def mentorship_detail(request, org, pk):
    mentorship, own, people = _find(request, pk, admins=True)
    if own is not None and _has_to_answer(mentorship, own):
        return redirect("programs:respond", org=org, pk=pk)
    context = _context(request, mentorship, own, people)
    if own is not None:
        context["panels"] = panels_of_mentorship(mentorship, by=request.member)
    else:
        context["reasons"] = [text for each in mentorship.reasons if (text := sentence(each))]
    if allows(request.member, "programs.manage") and own is None:
        context["panels"] = panels_for_admin(mentorship, by=request.member)
        context["followed"] = mentorship.follows
        context["certificates"] = list(mentorship.certificates.select_related("member"))
        context["to_rematch"] = (
            [part for part in people if part.role == "mentee" and part.enrolment.status == "active"]
            if mentorship.status == "ended" and mentorship.program.kind.arranging == "pairs"
            else []
        )
    return render(request, "programs/mentorship_detail.html", context)


@require_http_methods(["GET", "POST"])
def mentorship_respond(request, org, pk):
    """Say yes or no to an offer."""
    mentorship, own, people = _find(request, pk)
    form = ReasonForm(
        posted(request),
        help_text=_("It helps us to find somebody who suits you better. You may leave it empty."),
        visible_to=_("programme admins only"),
    )
    if request.method == "POST" and request.POST.get("answer") in ("yes", "no") and form.is_valid():
        try:
            if request.POST["answer"] == "yes":
                mentorship = services.accept(own, by=request.member)
            else:
                services.decline(own, reason=form.cleaned_data["reason"], by=request.member)
        except services.ProgramProblem as problem:
            messages.warning(request, str(problem))
        else:
            messages.success(request, _told(request.POST["answer"], mentorship))
        if request.POST["answer"] == "no":
            return redirect("programs:detail", org=org, pk=mentorship.program_id)
        return redirect("programs:mentorship", org=org, pk=pk)
    if not _has_to_answer(mentorship, own):
        return redirect("programs:mentorship", org=org, pk=pk)
    context = _context(request, mentorship, own, people) | {"form": form}
    return render(request, "programs/mentorship_respond.html", context, status=422 if form.errors else 200)


def _has_to_answer(mentorship, own):
    """A group may have begun without somebody who hasn't answered yet."""
    return mentorship.status in ("offered", "active") and own.response == "pending"


def _told(answer, mentorship):
    if answer == "no":
        return _("Thank you for your answer. We go on looking for somebody who suits you.")
    if mentorship.status == "active":
        if mentorship.participants.count() > 2:
            return _("Wonderful: you are in.")
        return _("Wonderful: both of you have said yes. It begins.")
    if mentorship.participants.count() > 2:
        return _("Thank you. It begins as soon as enough of you have said yes.")
    return _("Thank you. It begins as soon as the other has said yes too.")


@require_POST
def mentorship_again(request, org, pk):
    """Would like to meet somebody of an event again, or no longer with `again=0`."""
    _mentorship, own, _people = _find(request, pk)
    try:
        offered = services.meet_again(own, wants=request.POST.get("again") != "0", by=request.member)
    except services.ProgramProblem as problem:
        messages.warning(request, str(problem))
    else:
        if offered is not None:
            messages.success(request, _("Both of you would like to. You have a letter with the offer."))
            return redirect("programs:mentorship", org=org, pk=offered.pk)
        messages.success(request, _("Kept. The other learns of it only if they would like to as well."))
    return redirect("programs:mentorship", org=org, pk=pk)


@require_http_methods(["GET", "POST"])
def mentorship_end(request, org, pk):
    mentorship, own, people = _find(request, pk, admins=True)
    if mentorship.status not in ("offered", "active"):
        return redirect("programs:mentorship", org=org, pk=pk)
    form = EndForm(
        posted(request),
        help_text=_("You may leave it empty. The other person doesn’t see it."),
        visible_to=_("programme admins only"),
    )
    context = _context(request, mentorship, own, people)
    # One of a group only leaves it; whoever runs the programme ends it.
    leaves = own is not None and context["is_group"]
    if form.is_valid() and leaves:
        services.leave_group(mentorship, enrolment=own.enrolment, reason=form.cleaned_data["reason"], by=request.member)
        messages.success(request, _("You have left, and nobody is to blame."))
        return redirect("programs:detail", org=org, pk=mentorship.program_id)
    if form.is_valid():
        services.end_mentorship(mentorship, reason=form.cleaned_data["reason"], by=request.member)
        if own is not None:
            lifelines.add_lessons(mentorship, text=form.cleaned_data["lessons"], by=request.member)
        messages.success(request, _("It has ended, and nobody is to blame."))
        return redirect("programs:mentorship", org=org, pk=pk)
    context |= {"form": form, "leaves": leaves}
    return render(request, "programs/mentorship_end.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def mentorship_change(request, org, pk):
    """Ask in confidence for somebody else, or take that back with `take_back=1`."""
    mentorship, own, people = _find(request, pk)
    if mentorship.status != "active":
        return redirect("programs:mentorship", org=org, pk=pk)
    if request.POST.get("take_back"):
        services.take_back_change(own, by=request.member)
        messages.success(request, _("Taken back. You stay with each other."))
        return redirect("programs:mentorship", org=org, pk=pk)
    form = ReasonForm(
        posted(request),
        help_text=_("It helps to find somebody who suits you better. You may leave it empty."),
        visible_to=_("programme admins only"),
    )
    form.fields["reason"].initial = own.change_reason
    if form.is_valid():
        try:
            services.ask_for_change(own, reason=form.cleaned_data["reason"], by=request.member)
        except services.ProgramProblem as problem:
            messages.warning(request, str(problem))
        else:
            messages.success(request, _("The programme admins have been told, and nobody else."))
        return redirect("programs:mentorship", org=org, pk=pk)
    context = _context(request, mentorship, own, people) | {"form": form}
    return render(request, "programs/mentorship_change.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def mentorship_complete(request, org, pk):
    mentorship, own, people = _find(request, pk, admins=True)
    if mentorship.status != "active":
        return redirect("programs:mentorship", org=org, pk=pk)
    if not services.may_complete(mentorship, people, by=request.member):
        raise PermissionDenied
    if request.method == "POST":
        services.complete_mentorship(mentorship, by=request.member)
        messages.success(request, _("Your mentorship is complete.") if own else _("The mentorship is complete."))
        return redirect("programs:closing" if own else "programs:mentorship", org=org, pk=pk)
    return render(request, "programs/mentorship_complete.html", _context(request, mentorship, own, people))
