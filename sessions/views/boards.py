"""The meetings of a shadow board: briefs, recommendations and answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from programs.models import Mentorship

from ..models import BoardBrief, Session
from ..services import boards as services
from ..services.problems import SessionProblem
from .sessions import sent


class BriefForm(forms.ModelForm):
    visible_to = dict.fromkeys(
        ("brief", "recommendation", "response"), _("the board, its executives and programme admins")
    )

    class Meta:
        model = BoardBrief
        fields = ("brief", "recommendation", "response")
        widgets = {name: forms.Textarea(attrs={"rows": 6, "maxlength": 10_000}) for name in fields}

    def __init__(self, *args: Any, parts: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(parts):
            del self.fields[name]
        for field in self.fields.values():
            field.max_length = 10_000  # type: ignore[attr-defined]  # text fields


@require_safe
def board(request: Any, org: str, pk: int) -> HttpResponse:
    """Every meeting of a board with its brief, what it recommended, and what became of it."""
    mentorship = _board(request, pk)
    meetings = [
        {"session": session, "brief": next(iter(session.briefs.all()), None)}
        for session in services.board_sessions(mentorship)[:60]
    ]
    return render(request, "sessions/board.html", {**_shown(mentorship), "meetings": meetings})


@require_http_methods(["GET", "POST"])
def board_brief(request: Any, org: str, pk: int) -> HttpResponse:
    """Read what one meeting is about, and write one's own part of it."""
    session: Session = get_object_or_404(Session.objects.filter(mentorship__isnull=False), pk=pk)
    mentorship = _board(request, session.mentorship_id)
    brief = BoardBrief.objects.filter(session=session).first()
    parts = services.may_write(mentorship, request.member)
    form = BriefForm(sent(request), instance=BoardBrief(**_values(brief)), parts=parts)
    if form.is_valid() and request.method == "POST":
        try:
            services.write_brief(
                session, values=form.cleaned_data, seen=request.POST.get("seen", ""), by=request.member
            )
        except SessionProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Kept. The board and its executives can read it."))
            return redirect("sessions:board", org=org, pk=mentorship.pk)
    context = {
        **_shown(mentorship),
        "session": session,
        "brief": brief,
        "form": form,
        "parts": parts,
        "seen": services.token_of(brief),
    }
    return render(request, "sessions/board_brief.html", context, status=422 if form.errors else 200)


def _board(request: Any, pk: int | None) -> Mentorship:
    found: Mentorship = get_object_or_404(services.boards_of(request.member).select_related("program"), pk=pk)
    if not services.has_boards(found.program):
        raise Http404
    return found


def _shown(mentorship: Mentorship) -> dict[str, Any]:
    return {"mentorship": mentorship, "program": mentorship.program, "board_name": mentorship.name or _("The board")}


def _values(brief: BoardBrief | None) -> dict[str, str]:
    return {part: getattr(brief, part) for part in services.WRITES} if brief else {}
