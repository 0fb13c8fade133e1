"""Every write to organisations, their members, invitations, roles, skills and API keys."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from mentoring.files.checking import check_picture
from mentoring.outbox.services import forgive, readdress
from mentoring.tenancy.scope import current_organisation_id, organisation_scope

from . import emails
from .access import API_KEY_PREFIX, hash_token
from .models import Access, ApiKey, Branding, Invitation, Member, Organisation, Skill, Spell, User
from .rules import require
from .signals import member_left, members_changed, roles_changed

INVITATION_LIFE = timedelta(days=14)
# As wide as a page needs it, however wide it came.
LOGO_WIDEST = 1200


class InvitationRefused(Exception):
    """The invitation can't be accepted; `reason` is expired, used, taken, member or left."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# Organisations


@transaction.atomic
def create_organisation(*, name: str, time_zone: str, by: User) -> Organisation:
    """Found an organisation with its first member and owner. Needs no scope."""
    organisation = _with_free_slug(Organisation(name=name.strip(), time_zone=time_zone))
    given_name, family_name = split_name(by.name)
    with organisation_scope(organisation):
        member = Member(
            user=by, email=by.email, given_name=given_name, family_name=family_name, time_zone=time_zone, is_owner=True
        )
        member.full_clean()
        member.save()
    Access.objects.create(user=by, organisation=organisation)
    return organisation


def _with_free_slug(organisation: Organisation) -> Organisation:
    stem = slugify(organisation.name)[:40].strip("-_").replace("_", "-") or "organisation"
    taken = set(Organisation.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number = 1
    while True:
        organisation.slug = stem if number == 1 else f"{stem}-{number}"
        number += 1
        if organisation.slug in taken:
            continue
        organisation.full_clean(validate_unique=False)
        try:
            with transaction.atomic():
                organisation.save(force_insert=True)
        except IntegrityError:
            # Somebody else took it between the look and the leap.
            continue
        return organisation


@transaction.atomic
def change_organisation(organisation: Organisation, *, name: str, time_zone: str, by: Member) -> None:
    """Rename an organisation or move it to another time zone; its address stays."""
    require(by, "organisation.manage")
    organisation.name, organisation.time_zone = name, time_zone
    organisation.full_clean()
    organisation.save(update_fields=["name", "time_zone"])


@transaction.atomic
def set_logo(upload: UploadedFile | None, *, by: Member) -> Branding:
    """Take a picture as the organisation's logo, or none. Raises FileProblem for what is no picture."""
    require(by, "organisation.manage")
    branding, _is_new = Branding.objects.get_or_create(organisation_id=current_organisation_id())
    earlier = branding.logo
    branding.logo = check_picture(upload, widest=LOGO_WIDEST) if upload is not None else None
    branding.save()
    if earlier is not None:
        earlier.delete()
    return branding


def _lock_organisation() -> None:
    # For what holds across members: at least one owner, no circle of managers.
    Organisation.objects.select_for_update(no_key=True).get(pk=current_organisation_id())


def _other_owners(member: Member) -> bool:
    _lock_organisation()
    return Member.objects.owners().exclude(pk=member.pk).exists()


# Members


@transaction.atomic
def add_member(
    *, by: Member, given_name: str, family_name: str, email: str = "", hired_on: date | None = None, **fields: Any
) -> Member:
    """Add a person to the organisation. Without a first day their employment is unknown and no report counts them."""
    fields.setdefault("time_zone", by.organisation.time_zone)
    member = Member(given_name=given_name, family_name=family_name, email=email.lower(), **fields)
    require_no_circle(member, member.manager)
    member.full_clean()
    member.save()
    if hired_on:
        _add_spell(member, started_on=hired_on)
    return member


@transaction.atomic
def edit_member(member: Member, *, by: Member, **fields: Any) -> None:
    """Correct what is recorded about a person. An invitation sent to an earlier address ends with it."""
    _require_known(member)
    if "email" in fields and fields["email"].lower() != member.email and member.awaits_role and not by.is_owner:
        # Whoever is invited there gets the role.
        message = _("%(name)s has a role and no login yet, so only an owner can change this address.")
        raise ValidationError({"email": ValidationError(message, params={"name": member.name})})
    if "manager" in fields:
        require_no_circle(member, fields["manager"])
    if "email" in fields and fields["email"].lower() != member.email:
        # Whoever has the old address next starts anew.
        forgive(member.email)
        readdress({member.email: fields["email"]})
    for name, value in fields.items():
        setattr(member, name, value.lower() if name == "email" else value)
    member.full_clean()
    member.save(update_fields=list(fields))
    members_changed.send(sender=Member, members=[member.pk])


@transaction.atomic
def edit_profile(member: Member, *, given_name: str, family_name: str, time_zone: str, languages: list[str]) -> None:
    """Change what people may say about themselves."""
    member.given_name, member.family_name = given_name, family_name
    member.time_zone, member.languages = time_zone, languages
    member.full_clean()
    member.save(update_fields=["given_name", "family_name", "time_zone", "languages"])
    members_changed.send(sender=Member, members=[member.pk])


def require_no_circle(member: Member, manager: Member | None) -> None:
    """Raises ValidationError when a member would stand above their own manager."""
    if manager is None:
        return
    _lock_organisation()
    above: Member | None = manager
    while above is not None:
        if above.pk == member.pk:
            message = _("%(manager)s reports to %(member)s, so it can’t be the other way round as well.")
            names = {"manager": manager.name, "member": member.name}
            if manager.pk == member.pk:
                message = _("Nobody can be their own manager.")
            raise ValidationError({"manager": ValidationError(message, params=names)})
        above = Member.objects.filter(pk=above.manager_id).first() if above.manager_id else None


def _require_known(member: Member) -> None:
    if member.erased_at is not None:
        raise ValidationError(_("This person was erased on request: nothing is known of them that could be changed."))


@transaction.atomic
def mark_left(member: Member, *, last_day: date, reason: str = "", by: Member) -> None:
    """Record the last day of employment, or correct it. Access ends after that day; at once when it has passed."""
    _require_known(member)
    if member.is_owner and not _other_owners(member):
        raise ValidationError(_("The last owner can’t leave. Make somebody else an owner first."))
    spell = member.spells.last()
    if spell:
        if last_day < spell.started_on:
            # Before PostgreSQL is asked whether it overlaps, which it can't tell of a range that ends before it begins.
            raise ValidationError({"last_day": _("Nobody can leave before being hired.")})
        spell.ended_on, spell.end_reason = last_day, reason or spell.end_reason
        spell.full_clean()
        spell.save(update_fields=["ended_on", "end_reason"])
        _copy_employment(member)
    else:
        member.left_on = last_day
        member.save(update_fields=["left_on"])
    if member.has_left:
        Access.objects.filter(user=member.user_id, organisation=member.organisation_id).delete()
    elif member.user_id:
        # A last day that was put too early.
        Access.objects.get_or_create(user_id=member.user_id, organisation_id=current_organisation_id())
    member_left.send(sender=Member, member=member, last_day=last_day)


@transaction.atomic
def rehire(member: Member, *, started_on: date, by: Member) -> None:
    """Begin another employment of somebody who left. Their login opens the organisation again."""
    _require_known(member)
    _add_spell(member, started_on=started_on)
    if member.user_id:
        Access.objects.get_or_create(user_id=member.user_id, organisation_id=current_organisation_id())


def _add_spell(member: Member, *, started_on: date) -> None:
    spell = Spell(member=member, started_on=started_on)
    spell.full_clean()
    spell.save()
    _copy_employment(member)


def _copy_employment(member: Member) -> None:
    first, last = member.spells.first(), member.spells.last()
    member.hired_on, member.left_on = (first.started_on, last.ended_on) if first and last else (None, None)
    member.save(update_fields=["hired_on", "left_on"])


@transaction.atomic
def close_accesses() -> int:
    """Take the access of everybody whose last day is over in the organisation's own time zone. Returns how many."""
    organisation = Organisation.objects.get(pk=current_organisation_id())
    today = timezone.localdate(timezone=organisation.zone)
    gone = Member.objects.with_login().filter(left_on__lt=today).values_list("user_id", flat=True)
    closed, _by_model = Access.objects.filter(organisation=organisation, user_id__in=list(gone)).delete()
    return closed


@transaction.atomic
def change_roles(member: Member, *, is_owner: bool, is_admin: bool, is_hr: bool, by: Member) -> None:
    """Give and take roles. Only owners do, and one of them stays."""
    require(by, "organisation.manage")
    if member.is_owner and not is_owner and not _other_owners(member):
        raise ValidationError(_("An organisation needs an owner. Make somebody else an owner first."))
    member.is_owner, member.is_admin, member.is_hr = is_owner, is_admin, is_hr
    member.save(update_fields=["is_owner", "is_admin", "is_hr"])
    roles_changed.send(sender=Member, member=member)


# Invitations


@transaction.atomic
def invite_member(member: Member, *, by: Member, next_path: str = "") -> str:
    """Write a member a letter that lets them set up a login. Returns its token, which no page may show."""
    invitation, token = _new_invitation(member, by=by, next_path=next_path)
    emails.invitation(invitation, token=token)
    return token


@transaction.atomic
def invitation_link(member: Member, *, by: Member, next_path: str) -> str:
    """An address by which a member sets up a login and comes to a page, for a letter to them and for nothing else."""
    invitation, token = _new_invitation(member, by=by, next_path=next_path)
    return emails.invitation_address(invitation, token=token)


def _new_invitation(member: Member, *, by: Member, next_path: str) -> tuple[Invitation, str]:
    """Whoever holds the token has shown that the address is theirs; so it goes there and nowhere else."""
    if not member.email:
        raise ValidationError(_("%(name)s has no e-mail address to invite."), params={"name": member.name})
    if member.has_left:
        raise ValidationError(_("%(name)s has left."), params={"name": member.name})
    if member.user_id:
        raise ValidationError(_("%(name)s can sign in already."), params={"name": member.name})
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        member=member,
        invited_by=by,
        token_hash=hash_token(token),
        sent_to=member.email,
        next_path=next_path,
        expires_at=timezone.now() + INVITATION_LIFE,
    )
    return invitation, token


@transaction.atomic
def invite_colleague(
    *, email: str, given_name: str = "", family_name: str = "", is_owner: bool = False, is_admin: bool = False,
    is_hr: bool = False, by: Member,
) -> Member:  # fmt: skip
    """Invite somebody by e-mail, who becomes a member if they aren't one. Roles are for owners to give."""
    roles = {"is_owner": is_owner, "is_admin": is_admin, "is_hr": is_hr}
    member = Member.objects.filter(email=email.lower()).first()
    if member is None:
        member = add_member(by=by, given_name=given_name, family_name=family_name, email=email)
    if any(roles.values()):
        if not by.is_owner:
            raise PermissionDenied
        kept = {name: given or getattr(member, name) for name, given in roles.items()}
        change_roles(member, **kept, by=by)
    invite_member(member, by=by)
    return member


def find_invitation(organisation: Organisation, token: str) -> Invitation | None:
    """The invitation of a token, whatever became of it. Works outside a scope."""
    with organisation_scope(organisation):
        return (
            Invitation.objects.filter(token_hash=hash_token(token))
            .select_related("member", "invited_by", "organisation")
            .first()
        )


def why_refused(invitation: Invitation, *, user: User | None = None) -> str:
    """Why nobody, or not this user, can accept an invitation: expired, used, taken, member or left; else nothing."""
    member = invitation.member
    if member.user_id and (user is None or member.user_id != user.pk):
        return "used" if user is None else "taken"
    with organisation_scope(invitation.organisation):
        if member.has_left:
            return "left"
        if member.user_id:
            return ""
        if invitation.expires_at <= timezone.now() or invitation.sent_to != member.email:
            return "expired"
        if user and Member.objects.filter(user=user).exists():
            return "member"
    return ""


@transaction.atomic
def accept_invitation(organisation: Organisation, token: str, *, user: User) -> Member:
    """Link a login to the member who was invited. Raises InvitationRefused, or Invitation.DoesNotExist."""
    with organisation_scope(organisation):
        invitation = (
            Invitation.objects.select_for_update(no_key=True, of=("self", "member"))
            .select_related("member", "organisation")
            .get(token_hash=hash_token(token))
        )
        reason = why_refused(invitation, user=user)
        if reason:
            raise InvitationRefused(reason)
        member = invitation.member
        if member.user_id is None:
            member.user = user
            member.save(update_fields=["user"])
            Invitation.objects.filter(member=member, accepted_at__isnull=True).update(accepted_at=timezone.now())
        Access.objects.get_or_create(user=user, organisation=organisation)
        return member


# Skills


@transaction.atomic
def skills_named(names: Iterable[str]) -> list[Skill]:
    """The skills of these names in their order, each once; those that don't exist are made."""
    wanted: dict[str, str] = {}
    for name in names:
        if name.strip():
            wanted.setdefault(skill_key(name), " ".join(name.split())[:80])
    Skill.objects.bulk_create([Skill(name=name, key=key) for key, name in wanted.items()], ignore_conflicts=True)
    found = {skill.key: skill for skill in Skill.objects.filter(key__in=wanted)}
    return [found[key] for key in wanted]


def skill_key(name: str) -> str:
    return " ".join(name.split()).casefold()[:80]


# API keys


@transaction.atomic
def create_api_key(*, name: str, by: Member) -> tuple[ApiKey, str]:
    """A key to the API with the rights of its maker, and the secret itself, which is kept nowhere."""
    require(by, "organisation.manage")
    secret = API_KEY_PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(name=name, prefix=secret[:8], key_hash=hash_token(secret), created_by=by)
    key.full_clean()
    key.save()
    return key, secret


@transaction.atomic
def revoke_api_key(key: ApiKey, *, by: Member) -> None:
    """Close a key for good. Doing it again changes nothing."""
    require(by, "organisation.manage")
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())


def split_name(name: str) -> tuple[str, str]:
    """Given and family name, taking the last word for the family's."""
    given, _space, family = name.strip().rpartition(" ")
    return (given, family) if given else (family, "")
