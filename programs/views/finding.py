"""A mentorship for the pages of those who take part in it."""

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.rules import allows

from ..models import Mentorship
from .programs import trail


def find_own(request: HttpRequest, pk: int, *, admins: bool = False) -> tuple[Mentorship, dict[str, Any]]:
    """One's own mentorship with what each of its pages shows; with `admins` also those of others, for who runs them.

    Pages of an offer that is not answered yet do not exist.
    """
    found = Mentorship.objects.select_related("program").with_people()
    mentorship: Mentorship = get_object_or_404(found.exclude(status__in=["offered", "declined"]), pk=pk)
    member = request.member  # type: ignore[attr-defined]  # set by the gate
    people = [each for each in mentorship.participants.all() if each.response == "accepted" and each.left_at is None]
    own = next((each for each in people if each.enrolment.member_id == member.pk), None)
    if own is None and not (admins and allows(member, "programs.manage")):
        raise Http404
    others = [each for each in people if each is not own]
    other_names = names_of(others)
    all_names = names_of(people)
    slug = request.organisation.slug  # type: ignore[attr-defined]  # set by the gate
    # A circle or a board goes by its name.
    named = mentorship.name if len(people) > 2 else ""
    here = {
        "label": named or (_("You and %(names)s") % {"names": other_names} if own else all_names),
        "url": reverse("programs:mentorship", args=[slug, mentorship.pk]),
    }
    context = {
        "mentorship": mentorship,
        "program": mentorship.program,
        "own": own,
        "people": people,
        "others": others,
        "other_names": other_names,
        "all_names": all_names,
        "trail": [*trail(request, mentorship.program), here],
        "is_active": mentorship.status == Mentorship.Status.ACTIVE,
    }
    return mentorship, context


def names_of(parts: Any) -> str:
    """Ann, Ben and Cleo."""
    names = [each.enrolment.member.name for each in parts]
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}
