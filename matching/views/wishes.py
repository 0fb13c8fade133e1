"""What somebody wishes in a programme: one page of several small forms, each kept for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import Member
from programs.models import Enrolment, Program, Role
from programs.services import ProgramProblem

from .. import services
from ..forms import DeclarationForm, InterestsForm, LevelsForm, WorkingStyleForm
from ..models import Avoidance, Declaration, StatedChoice
from ..showing import about
from .choosing import own_enrolment, trail

FOUND_SHOWN = 10
SUGGESTED = 100
EXAMPLES = [
    gettext_lazy(name)
    for name in (
        "Cooking", "Cycling", "Film", "Gardening", "Music", "Parenting", "Photography", "Reading", "Running",
        "Technology", "Travel", "Volunteering",
    )
]  # fmt: skip
TRAIT_LABELS = [
    gettext_lazy("Open to new ideas"), gettext_lazy("Planning ahead"), gettext_lazy("Outgoing"),
    gettext_lazy("Trusting"), gettext_lazy("Calm"),
]  # fmt: skip


@require_http_methods(["GET", "POST"])
def wishes(request: Any, org: str, pk: int) -> HttpResponse:
    """Whom somebody would like or avoid, and what they say of themselves; for nobody's eyes but theirs."""
    own = own_enrolment(request, pk)
    if own.program.status == Program.Status.CLOSED:
        return redirect("programs:detail", org=org, pk=pk)
    forms = _forms(own)
    status, problem = 200, ""
    if request.method == "POST":
        part = request.POST.get("part", "")
        bound = _bound(part, own, request.POST)
        if bound is not None:
            forms[part] = bound
        if part not in PARTS:
            problem, status = _("Nothing was changed: that part of the page is gone."), 422
        elif bound is not None and not bound.is_valid():
            status = 422
        else:
            try:
                said, anchor = PARTS[part](request, own, bound)
            except ProgramProblem as clash:
                problem, status = str(clash), 409
            else:
                messages.success(request, said)
                return redirect(reverse("matching:wishes", args=[org, pk]) + f"#{anchor}")
    return render(request, "matching/wishes.html", _context(request, own, forms) | {"problem": problem}, status=status)


def _forms(own: Enrolment) -> dict[str, Any]:
    return {
        "interests": InterestsForm(initial={"interests": own.interests or []}, suggestions=_suggestions(own)),
        "style": WorkingStyleForm(),
        "levels": LevelsForm(offered=_offered(own)),
    }


def _bound(part: str, own: Enrolment, data: Any) -> Any:
    if part == "interests":
        return InterestsForm(data, suggestions=_suggestions(own))
    if part == "style":
        return WorkingStyleForm(data)
    if part == "levels":
        return LevelsForm(data, offered=_offered(own))
    if part == "declare":
        asked = {each["key"]: each for each in services.characteristics(own)}.get(data.get("key"))
        return DeclarationForm(data, characteristic=asked) if asked else None
    return None


def _offered(own: Enrolment) -> list[Any]:
    return list(own.skills.select_related("skill")) if own.role == Role.MENTOR else []


def _suggestions(own: Enrolment) -> list[str]:
    """What others in the programme like, and a few examples."""
    found = Enrolment.objects.filter(program=own.program).exclude(interests__isnull=True).exclude(interests=[])
    said = {name for names in found.values_list("interests", flat=True)[:SUGGESTED] for name in names or ()}
    return sorted(said | {str(name) for name in EXAMPLES}, key=str.casefold)[:SUGGESTED]


def _context(request: Any, own: Enrolment, forms: dict[str, Any]) -> dict[str, Any]:
    chosen = list(StatedChoice.objects.filter(enrolment=own).select_related("chosen__member"))
    avoided = list(
        Avoidance.objects.filter(member=request.member)
        .select_related("avoided")
        .order_by("avoided__family_name", "avoided__given_name", "pk")
    )
    declared = {
        key: (consented_at, counted_at)
        for key, consented_at, counted_at in Declaration.objects.filter(enrolment=own).values_list(
            "key", "consented_at", "counted_at"
        )
    }
    wanted, avoid = request.GET.get("choose", "")[:100], request.GET.get("avoid", "")[:100]
    bound = forms.get("declare")
    return {
        "program": own.program,
        "own": own,
        "trail": trail(request, own.program),
        "chosen": chosen,
        "places_left": services.MOST_CHOICES - len(chosen),
        "choose_query": wanted,
        "choose_found": _found_choices(own, wanted, chosen) if wanted.strip() else None,
        "avoided": avoided,
        "avoid_query": avoid,
        "avoid_found": _found_members(request.member, avoid, avoided) if avoid.strip() else None,
        "forms": forms,
        "style": [
            {"label": label, "value": value} for label, value in zip(TRAIT_LABELS, own.working_style or (), strict=False)
        ],
        "declarations": [
            {
                "asked": each,
                "consented_at": declared.get(each["key"], (None, None))[0],
                "counted_at": declared.get(each["key"], (None, None))[1],
                "form": bound if bound is not None and bound.prefix == f"declare-{each['key']}"
                else DeclarationForm(characteristic=each),
            }
            for each in services.characteristics(own)
        ],
    }  # fmt: skip


def _found_choices(own: Enrolment, text: str, chosen: list[StatedChoice]) -> list[dict[str, Any]]:
    found = services.possible_choices(own).filter(member__in=Member.objects.matching_text(text))
    found = found.exclude(pk__in=[each.chosen_id for each in chosen]).select_related("member")
    ordered = found.order_by("member__family_name", "member__given_name", "pk")[:FOUND_SHOWN]
    return [{"pk": each.pk, "name": each.member.name, "detail": about(each.member)} for each in ordered]


def _found_members(member: Member, text: str, avoided: list[Avoidance]) -> list[dict[str, Any]]:
    found = Member.objects.current().matching_text(text).exclude(pk=member.pk)
    found = found.exclude(pk__in=[each.avoided_id for each in avoided]).order_by("family_name", "given_name", "pk")
    return [{"pk": each.pk, "name": each.name, "detail": about(each)} for each in found[:FOUND_SHOWN]]


def _number(request: Any, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 19 else 0


def _choose(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    """Add, remove or move up one of the people whom somebody would like best."""
    person, act = _number(request, "person"), request.POST.get("act", "")
    chosen = list(StatedChoice.objects.filter(enrolment=own).values_list("chosen_id", flat=True))
    if act == "add":
        chosen.append(person)
    elif person in chosen:
        at = chosen.index(person)
        chosen.remove(person)
        if act == "up":
            chosen.insert(max(0, at - 1), person)
    services.say_choices(own, chosen, by=request.member)
    return _("Your list is kept."), "choices"


def _avoid(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    other = get_object_or_404(Member.objects.current(), pk=_number(request, "person"))
    services.avoid(request.member, other, by=request.member)
    return _("Kept. You two will not be paired, and nobody is told why."), "avoid"


def _stop_avoiding(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    services.stop_avoiding(request.member, _number(request, "person"), by=request.member)
    return _("Taken off your list."), "avoid"


def _interests(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    services.say_interests(own, form.cleaned_data["interests"], by=request.member)
    return _("Your interests are kept."), "interests"


def _style(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    services.say_working_style(own, form.answers(), by=request.member)
    return _("Your working style is kept."), "style"


def _forget_style(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    services.forget_working_style(own, by=request.member)
    return _("Your working style is deleted."), "style"


def _levels(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    services.say_levels(own, form.levels(), by=request.member)
    return _("Your levels are kept."), "levels"


def _declare(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    said: dict[str, Any] = form.cleaned_data if form is not None else {"value": "", "consents": True, "counted": False}
    services.declare(
        own,
        request.POST.get("key", ""),
        said["value"],
        consents=said["consents"],
        counted=said["counted"],
        by=request.member,
    )
    return _("Kept for matching, and shown to nobody. You can withdraw it at any time."), "declare"


def _withdraw(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    services.withdraw_declaration(own, request.POST.get("key", ""), by=request.member)
    return _("Withdrawn, and deleted at once."), "declare"


def _pause(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    services.pause(own, by=request.member)
    return _("You are pausing: nobody new can ask you, and nobody is proposed to you."), "pause"


def _resume(request: Any, own: Enrolment, form: Any) -> tuple[str, str]:
    services.resume(own, by=request.member)
    return _("Welcome back: you are there again for mentees."), "pause"


PARTS: dict[str, Callable[[Any, Enrolment, Any], tuple[str, str]]] = {
    "choose": _choose, "avoid": _avoid, "stop_avoiding": _stop_avoiding, "interests": _interests, "style": _style,
    "forget_style": _forget_style, "levels": _levels, "declare": _declare, "withdraw": _withdraw, "pause": _pause,
    "resume": _resume,
}  # fmt: skip
