"""Pairs that an admin decides by hand, whatever the scores say."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.rules import allowed
from programs.models import Program
from programs.services import ProgramProblem

from ..models import PairRule
from ..picking import PairRuleForm
from ..services.pair_rules import add_pair_rule, may_be_held, remove_pair_rule
from .shared import PER_PAGE, frame


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def pair_rules(request: Any, org: str, pk: int) -> HttpResponse:
    """Who must be paired and who must not, and two searches for the people of another such pair."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    form = PairRuleForm(request.POST if request.method == "POST" else None, program=program, found=request.GET)
    if form.is_valid():
        try:
            rule = add_pair_rule(program, **form.cleaned_data, by=request.member)
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            names = {"mentee": rule.mentee.member.name, "mentor": rule.mentor.member.name}
            messages.success(request, _said(program, rule) % names)
            return redirect("matching:pair_rules", org=org, pk=pk)
    if request.htmx and request.method == "GET":
        context = {"form": form, "program": program, "may_be_held": may_be_held(program)}
        return render(request, "matching/pair_rules.html#choices", context)
    rules = PairRule.objects.filter(program=program).select_related("mentee__member", "mentor__member", "made_by")
    context = {
        **frame(request, program, "criteria"),
        "form": form,
        "may_be_held": may_be_held(program),
        "page": Paginator(rules.order_by("-id"), PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "matching/pair_rules.html", context, status=422 if form.errors else 200)


def _said(program: Program, rule: PairRule) -> str:
    """What the next run makes of it, as far as it can be promised; with places for both names."""
    if rule.kind == PairRule.Kind.MUST_NOT:
        return _("%(mentee)s and %(mentor)s will not be paired.")
    return {
        "circles": _("The next run puts %(mentee)s into the circle of %(mentor)s, or into none."),
        "panel": _("The next run puts %(mentee)s on the board beside %(mentor)s, or on none."),
        "tiers": _("%(mentee)s and %(mentor)s will be paired by the next run if their tiers follow each other."),
        "topics": _("The next run lets %(mentee)s ask %(mentor)s about a topic that both have named."),
    }.get(program.kind.arranging, _("%(mentee)s and %(mentor)s will be paired by the next run."))


@require_POST
@allowed("programs.manage")
def pair_rule_remove(request: Any, org: str, pk: int, rule: int) -> HttpResponse:
    """Leave a pair to the scores again."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    found: PairRule = get_object_or_404(
        PairRule.objects.select_related("mentee__member", "mentor__member"), program=program, pk=rule
    )
    names = {"mentee": found.mentee.member.name, "mentor": found.mentor.member.name}
    try:
        remove_pair_rule(found, by=request.member)
    except ProgramProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("%(mentee)s and %(mentor)s are left to the scores again.") % names)
    return redirect("matching:pair_rules", org=org, pk=pk)
