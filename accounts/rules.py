"""Who may do what, asked of the acting member: `allows(member, "programs.manage")`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import rules
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from .models import Member


@rules.predicate
def is_owner(member: Member) -> bool:
    return member.is_owner


@rules.predicate
def is_programme_admin(member: Member) -> bool:
    return member.is_admin


@rules.predicate
def is_hr_analyst(member: Member) -> bool:
    return member.is_hr


rules.add_perm("organisation.manage", is_owner)
rules.add_perm("people.manage", is_owner | is_programme_admin)
rules.add_perm("people.view", is_owner | is_programme_admin | is_hr_analyst)
rules.add_perm("programs.manage", is_owner | is_programme_admin)
rules.add_perm("reports.view", is_owner | is_hr_analyst)
# Asked by mentoring.jobs: HR may watch long work; only those who may start it stop it.
rules.add_perm("jobs.watch", is_owner | is_programme_admin | is_hr_analyst)
rules.add_perm("jobs.cancel", is_owner | is_programme_admin)
# The same for its template, which can test rules only.
rules.add_rule("jobs.cancel", is_owner | is_programme_admin)
# Asked by mentoring.outbox: who sees which letters could not be sent.
rules.add_perm("letters.manage", is_owner | is_programme_admin)


def allows(member: Member, permission: str, subject: Any = None) -> bool:
    return rules.has_perm(permission, member, subject)


def require(member: Member, permission: str, subject: Any = None) -> None:
    """Raises PermissionDenied, which a colleague without the right sees as 403."""
    if not allows(member, permission, subject):
        raise PermissionDenied


def allowed(permission: str) -> Callable[..., Any]:
    """A view for members with this permission."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            require(request.member, permission)  # type: ignore[attr-defined]  # set by the gate
            return view(request, *args, **kwargs)

        return guarded

    return decorate
