"""Who signs in to the demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from allauth.account.models import EmailAddress

from accounts import services as accounts
from accounts.models import Member, User

PASSWORD = "mentoring-demo"  # noqa: S105  (printed by `make run`; the demo is for one's own machine)


@dataclass(frozen=True)
class Login:
    email: str
    given_name: str
    family_name: str
    is_admin: bool = False
    is_hr: bool = False


OWNER = Login("owner@northwind.example", "Nadia", "Clarke")
HARBOUR_OWNER = Login("owner@harbour.example", "Ben", "Adeyemi")


def make_user(login: Login) -> User:
    """A login whose address counts as verified."""
    user = User.objects.filter(email=login.email.lower()).first()
    if user is None:
        user = User.objects.create_user(login.email, PASSWORD, name=f"{login.given_name} {login.family_name}".strip())
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def join(login: Login, *, by: Member, member: Member | None = None) -> Member:
    """Invite somebody and accept in their name."""
    member = member or accounts.add_member(
        by=by, given_name=login.given_name, family_name=login.family_name, email=login.email, hired_on=date(2019, 4, 1)
    )
    if login.is_admin or login.is_hr:
        accounts.change_roles(member, is_owner=False, is_admin=login.is_admin, is_hr=login.is_hr, by=by)
    token = accounts.invite_member(member, by=by)
    return accounts.accept_invitation(member.organisation, token, user=make_user(login))
