"""Harbour & Lane: a small charity that has just begun."""

from __future__ import annotations

from datetime import date

from accounts import services as accounts
from accounts.models import Member, Organisation
from mentoring.tenancy.scope import organisation_scope
from programs import services as programs

from .people import HARBOUR_OWNER, Login, join, make_user

PEOPLE = (
    ("Maya", "Lindgren", "Fundraising", 3), ("Jack", "Owusu", "Fundraising", 1), ("Irena", "Kos", "Shelters", 4),
    ("Paul", "Byrne", "Shelters", 2), ("Amina", "Diallo", "Shelters", 1), ("Leo", "Marchetti", "Office", 3),
    ("Ruth", "Hansen", "Office", 2), ("Sam", "Okoro", "Volunteers", 1), ("Tess", "Vermeer", "Volunteers", 3),
    ("Yusuf", "Aydin", "Volunteers", 1), ("Clara", "Weiss", "Office", 5), ("Noah", "Pereira", "Fundraising", 2),
)  # fmt: skip


def build() -> Organisation:
    """A dozen people, and a programme half way through its wizard."""
    owner = make_user(HARBOUR_OWNER)
    organisation = accounts.create_organisation(name="Harbour & Lane", time_zone="Europe/Dublin", by=owner)
    with organisation_scope(organisation):
        by = Member.objects.get(user=owner)
        for given_name, family_name, department, level in PEOPLE:
            accounts.add_member(
                by=by, given_name=given_name, family_name=family_name, department=department, level=level,
                email=f"{given_name}.{family_name}@harbour.example".lower(), site="Dublin", hired_on=date(2023, 2, 1),
            )  # fmt: skip
        # Works for both organisations, and so has the switcher.
        join(Login("admin@northwind.example", "Priya", "Shah", is_admin=True), by=by)
        draft = programs.start_draft(format="traditional", by=by)
        programs.save_draft(
            draft, by=by, name="First pairs", objective="Share know-how across departments", wizard_step="who"
        )
    return organisation
