"""People's own calendars: feeds of their sessions, when they are busy elsewhere, and where they meet."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import hash_token
from accounts.models import Member
from mentoring.tenancy.scope import current_organisation_id
from programs.models import Mentorship, Participant

from .. import emails
from ..busy import providers
from ..busy.fetching import Answer, FetchProblem, exchange, fetch, split
from ..busy.parsing import ReadingProblem, read_busy
from ..models import BookingPolicy, BusyCalendar, BusyTime, CalendarSettings, FeedAddress, Session
from ..sealing import CannotUnseal, calendar_place, seal, unseal
from .policy import JITSI, policy_of
from .problems import SessionProblem

logger = logging.getLogger(__name__)

FULL, BUSY = "full", "busy"
FEED_FIELDS = {FULL: "feed_hash", BUSY: "busy_feed_hash"}
# Whoever has more calendars than this has other problems.
MOST_CALENDARS = 10
READ_EVERY = timedelta(minutes=14)
# What is read: a programme's horizon is a year at the most.
BEHIND, AHEAD = timedelta(days=1), timedelta(days=370)
# A server may be down for some hours without anybody needing to hear of it.
PATIENCE = timedelta(hours=6)
# Before what a calendar is known by that has no etag of its server's; no etag begins like this.
DIGEST = "sha256:"
STAMP = re.compile(rb"^DTSTAMP[^\r\n]*", re.MULTILINE)
MEETING_HOSTS = (
    "zoom.us", "teams.microsoft.com", "teams.live.com", "meet.google.com", "webex.com", "whereby.com", "meet.jit.si",
)  # fmt: skip
PROBLEMS = {
    "address": gettext_lazy("This is no address that can be read."),
    "https": gettext_lazy("Its address must begin with https:// all the way."),
    "name": gettext_lazy("There is no server of this name."),
    "refused": gettext_lazy("It does not lead to a server on the public internet."),
    "unreachable": gettext_lazy("Its server does not answer."),
    "certificate": gettext_lazy("Its server has no valid certificate for this name."),
    "redirects": gettext_lazy("It leads on and on to other addresses."),
    "status": gettext_lazy("Its server does not give it out: the address may have been changed or taken back."),
    "slow": gettext_lazy("Its server takes too long."),
    "broken": gettext_lazy("Its server’s answer breaks off."),
    "large": gettext_lazy("It is too large to be read. Many calendars can be shared from today on only."),
    "endless": gettext_lazy("Something in it repeats so often that it can’t be read."),
    "unreadable": gettext_lazy(
        "What stands there is not a calendar. It must be an ICS address, not the page that shows it."
    ),
    "revoked": gettext_lazy("The access was taken back. Remove it, and connect the account again."),
    "off": gettext_lazy("Calendars of this kind are not set up here any more."),
    "sealed": gettext_lazy("Its address can’t be opened any more. Remove it and add it again."),
}


def problem_text(calendar: BusyCalendar) -> str:
    """What is wrong with a calendar, for its owner; empty when nothing is."""
    return str(PROBLEMS.get(calendar.problem, "")) or calendar.problem


@transaction.atomic
def make_feed(member: Member, *, kind: str, by: Member) -> str:
    """Give a member an address for their sessions, or another one in its place. Returns its token, kept nowhere."""
    own = _own_settings(member, by)
    token = secrets.token_urlsafe(32)
    _forget_feed(own, kind)
    FeedAddress.objects.create(
        token_hash=hash_token(token), organisation_id=current_organisation_id(), settings_id=own.pk
    )
    setattr(own, FEED_FIELDS[kind], hash_token(token))
    own.feed_made_at = timezone.now()
    own.save(update_fields=[FEED_FIELDS[kind], "feed_made_at"])
    return token


@transaction.atomic
def remove_feed(member: Member, *, kind: str, by: Member) -> None:
    """Have a feed's address lead nowhere any more."""
    own = _own_settings(member, by)
    _forget_feed(own, kind)
    setattr(own, FEED_FIELDS[kind], "")
    own.save(update_fields=[FEED_FIELDS[kind]])


@transaction.atomic
def set_meeting_link(member: Member, *, link: str, by: Member) -> None:
    """Keep where a member meets people by video. Raises SessionProblem for a link to anywhere else."""
    if link and not is_meeting_link(link):
        raise SessionProblem(_("This is no link to a meeting on one of the services that we know."))
    own = _own_settings(member, by)
    own.meeting_link = link
    own.save(update_fields=["meeting_link"])


def is_meeting_link(link: str) -> bool:
    """Whether a link leads to a service for meetings, by https and nothing around it."""
    try:
        parts = split(link)
        host, port = str(parts.hostname).rstrip("."), parts.port
    except FetchProblem:
        return False
    known = [*MEETING_HOSTS, *filter(None, [urlsplit(settings.JITSI_SERVER).hostname])]
    return port in (None, 443) and any(host == each or host.endswith(f".{each}") for each in known)


def usual_place(mentorship: Mentorship, *, by: Member, policy: BookingPolicy | None = None) -> str:
    """Where these people met last, else the link of one of them, mentors first, else a new room if the programme has them."""
    last = Session.objects.filter(mentorship=mentorship).exclude(place="").order_by("-starts_at").first()
    if last:
        return last.place
    people = Participant.objects.present().filter(mentorship=mentorship).values_list("enrolment__member_id", "role")
    # "mentor" stands after "mentee" in the alphabet.
    members = [member_id for member_id, _role in sorted(people, key=lambda each: each[1], reverse=True)]
    links = dict(
        CalendarSettings.objects.filter(member__in=members)
        .exclude(meeting_link="")
        .values_list("member_id", "meeting_link")
    )
    return next((links[each] for each in members if each in links), "") or _room(
        policy or policy_of(mentorship.program)
    )


def video_place(policy: BookingPolicy, *, mentors: Iterable[Member]) -> str:
    """Where a session is that was booked without a place, if its programme meets by video: a mentor's link, or a new room."""
    if policy.video != JITSI:
        return ""
    links = CalendarSettings.objects.filter(member__in=list(mentors)).exclude(meeting_link="").order_by("member_id")
    return links.values_list("meeting_link", flat=True).first() or _room(policy)


def _room(policy: BookingPolicy) -> str:
    return new_room() if policy.video == JITSI else ""


def new_room() -> str:
    """A room that nobody can guess on the configured Jitsi server; empty without one."""
    return f"{settings.JITSI_SERVER}/mentoring-{secrets.token_hex(10)}" if settings.JITSI_SERVER else ""


@transaction.atomic
def add_calendar(member: Member, *, address: str, name: str = "", by: Member) -> BusyCalendar:
    """Have a calendar read from now on, by its ICS address. Raises SessionProblem for one that never could be."""
    _require_own(member, by)
    address = address.strip()
    if address[:9].lower() == "webcal://":
        address = "https://" + address[9:]
    try:
        split(address)
    except FetchProblem as problem:
        raise SessionProblem(str(PROBLEMS[problem.code])) from problem
    # Two at once would otherwise both find one place left.
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    others = BusyCalendar.objects.filter(member=member)
    if len(others) >= MOST_CALENDARS:
        raise SessionProblem(_("You have as many calendars here as there can be. Remove one first."))
    if any(_address_of(each) == address for each in others):
        raise SessionProblem(_("This calendar is read already."))
    calendar = BusyCalendar.objects.create(member=member, name=name.strip() or str(split(address).hostname)[:100])
    _keep_secret(calendar, address)
    return calendar


@transaction.atomic
def remove_calendar(calendar: BusyCalendar, *, by: Member) -> None:
    """Forget a calendar with everything that was read from it."""
    _require_own(calendar.member, by)
    calendar.delete()


def client_of(provider: str) -> providers.Client | None:
    """What this installation is known by at a provider; None for one that is not set up here."""
    known = {
        "google": (settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET),
        "microsoft": (settings.MICROSOFT_CLIENT_ID, settings.MICROSOFT_CLIENT_SECRET),
    }
    client_id, secret = known.get(provider, ("", ""))
    if not client_id or not secret:
        return None
    return providers.Client(client_id, secret, settings.SITE_URL + reverse("calendar_connected", args=[provider]))


def connect_calendar(
    member: Member, *, provider: str, code: str, verifier: str, by: Member, exchange: providers.Exchange = exchange
) -> BusyCalendar:
    """Have an account's calendar read from now on. Raises SessionProblem when the provider does not go along."""
    _require_own(member, by)
    client = client_of(provider)
    if client is None:
        raise SessionProblem(_("This is not set up here."))
    try:
        tokens = providers.tokens_for(
            providers.PROVIDERS[provider], client, code=code, verifier=verifier, exchange=exchange
        )
    except (providers.Revoked, FetchProblem) as problem:
        raise SessionProblem(_("The account could not be connected. Please try again.")) from problem
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        if BusyCalendar.objects.filter(member=member).count() >= MOST_CALENDARS:
            raise SessionProblem(_("You have as many calendars here as there can be. Remove one first."))
        calendar = BusyCalendar.objects.create(member=member, source=provider, name=providers.PROVIDERS[provider].name)
        _keep_secret(calendar, tokens.refresh)
    return calendar


def calendars_to_read(*, now: datetime | None = None) -> list[int]:
    """Whose turn it is in the organisation in scope: of people who can be booked, those read longest ago first."""
    now = now or timezone.now()
    active = Participant.objects.present().filter(mentorship__status=Mentorship.Status.ACTIVE)
    due = BusyCalendar.objects.filter(
        Q(fetched_at__isnull=True) | Q(fetched_at__lt=now - READ_EVERY),
        member__in=Member.objects.current().filter(pk__in=active.values("enrolment__member_id")),
    )
    return list(due.order_by(F("fetched_at").asc(nulls_first=True), "pk").values_list("pk", flat=True))


def read_calendar(
    calendar_id: int, *, fetch: Callable[..., Answer] = fetch, exchange: providers.Exchange = exchange
) -> None:
    """Read when a calendar's owner is busy. Should it fail, what was read before stays, and its owner hears of it.

    Takes no transaction while it waits for the other server. Running it again changes nothing.
    """
    now = timezone.now()
    with transaction.atomic():
        calendar = BusyCalendar.objects.select_related("member").filter(pk=calendar_id).first()
        if calendar is None:
            return
        address = _address_of(calendar)
        own = Session.objects.involving(calendar.member).filter(ends_at__gt=now - BEHIND)
        uids = [str(uid) for uid in own.values_list("uid", flat=True)]
    # Once a day all of it is read, because the days that matter move on although the calendar stays as it is.
    is_fresh = bool(calendar.fetched_at and calendar.fetched_at.date() == now.date() and not calendar.problem)
    start, end = now - BEHIND, now + AHEAD
    try:
        if not address:
            raise ReadingProblem("sealed")
        if calendar.source != BusyCalendar.Source.ICS:
            _keep_times(calendar_id, "", _read_account(calendar, address, uids, start, end, exchange), now)
            return
        can_ask = is_fresh and not calendar.etag.startswith(DIGEST)
        answer = fetch(address, etag=calendar.etag if can_ask else "")
        times, known_by = None, answer.etag
        if answer.content is not None:
            # Many servers say nothing of changes; then it is known by what stands in it.
            known_by = known_by or _digest(answer.content)
        if answer.content is not None and not (is_fresh and known_by.startswith(DIGEST) and known_by == calendar.etag):
            times = read_busy(answer.content, zone=calendar.member.zone.key, start=start, end=end, own=uids)
    except (FetchProblem, ReadingProblem) as problem:
        logger.info("calendar %s can't be read: %s", calendar_id, problem.code)
        _note_problem(calendar_id, problem.code, now)
    except providers.Revoked:
        logger.info("calendar %s: the access was taken back", calendar_id)
        _note_problem(calendar_id, "revoked", now)
    else:
        _keep_times(calendar_id, known_by, times, now)


def _digest(content: bytes) -> str:
    """By what a calendar is known again; when it was made is another at each reading with some servers."""
    return DIGEST + hashlib.sha256(STAMP.sub(b"", content)).hexdigest()


def _read_account(
    calendar: BusyCalendar, refresh: str, uids: list[str], start: datetime, end: datetime, exchange: providers.Exchange
) -> list[tuple[datetime, datetime]]:
    """When an account says that its owner is busy. Raises Revoked, FetchProblem and ReadingProblem."""
    provider, client = providers.PROVIDERS[calendar.source], client_of(calendar.source)
    if client is None:
        raise ReadingProblem("off")
    try:
        tokens = providers.refreshed(provider, client, refresh=refresh, exchange=exchange)
    except providers.Revoked:
        if _refreshed_meanwhile(calendar, refresh):
            # Two read at once, and the other was faster; its token is the one that counts.
            raise FetchProblem("slow") from None
        raise
    if tokens.refresh != refresh:
        # Before anything else: the old one may be worth nothing any more.
        with transaction.atomic():
            _keep_secret(calendar, tokens.refresh)
    times = providers.busy(provider, tokens.access, start=start, end=end, own=frozenset(uids), exchange=exchange)
    # Google tells no names, so our own sessions are known by their times: those that take it, because at the time of one
    # that is off, or only wished for, something else may stand in the calendar.
    taking = Session.objects.filter(status__in=(Session.Status.PLANNED, Session.Status.HELD), uid__in=uids)
    own = set(taking.involving(calendar.member).values_list("starts_at", "ends_at"))
    return [
        (max(begins, start), min(ends, end))
        for begins, ends in times
        if (begins, ends) not in own and max(begins, start) < min(ends, end)
    ]


def _refreshed_meanwhile(calendar: BusyCalendar, refresh: str) -> bool:
    with transaction.atomic():
        fresh = BusyCalendar.objects.filter(pk=calendar.pk).first()
        return fresh is None or _address_of(fresh) != refresh


@transaction.atomic
def _keep_times(calendar_id: int, etag: str, times: list[tuple[datetime, datetime]] | None, now: datetime) -> None:
    calendar = BusyCalendar.objects.select_for_update(no_key=True).filter(pk=calendar_id).first()
    if calendar is None:
        return
    if times is not None:
        BusyTime.objects.filter(calendar=calendar).delete()
        BusyTime.objects.bulk_create(
            BusyTime(calendar=calendar, member_id=calendar.member_id, starts_at=begins, ends_at=ends)
            for begins, ends in times
        )
    calendar.etag, calendar.fetched_at = etag, now
    calendar.problem, calendar.failing_since, calendar.told_at = "", None, None
    calendar.save(update_fields=["etag", "fetched_at", "problem", "failing_since", "told_at"])


@transaction.atomic
def _note_problem(calendar_id: int, code: str, now: datetime) -> None:
    calendar = BusyCalendar.objects.select_for_update(no_key=True).filter(pk=calendar_id).first()
    if calendar is None:
        return
    calendar.problem = code
    calendar.failing_since = calendar.failing_since or now
    # What was taken back doesn't come again by itself.
    patience = timedelta(0) if code in ("revoked", "sealed") else PATIENCE
    if calendar.told_at is None and calendar.failing_since <= now - patience:
        emails.calendar_failing(calendar, problem=problem_text(calendar))
        calendar.told_at = now
    calendar.save(update_fields=["problem", "failing_since", "told_at"])


def busy_times(members: Iterable[Member], start: datetime, end: datetime) -> dict[int, list[tuple[datetime, datetime]]]:
    """When these people's own calendars say that they are busy, by their ids. Of what it is nothing is known."""
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    times = BusyTime.objects.filter(member__in=[member.pk for member in members], ends_at__gt=start, starts_at__lt=end)
    for member_id, starts_at, ends_at in times.values_list("member_id", "starts_at", "ends_at"):
        found[member_id].append((starts_at, ends_at))
    return dict(found)


def _own_settings(member: Member, by: Member) -> CalendarSettings:
    _require_own(member, by)
    CalendarSettings.objects.get_or_create(organisation_id=current_organisation_id(), member=member)
    return CalendarSettings.objects.select_for_update(no_key=True).get(member=member)


def _require_own(member: Member, by: Member) -> None:
    if member.pk != by.pk:
        raise PermissionDenied


def _forget_feed(own: CalendarSettings, kind: str) -> None:
    if token_hash := getattr(own, FEED_FIELDS[kind]):
        FeedAddress.objects.filter(token_hash=token_hash).delete()


def _keep_secret(calendar: BusyCalendar, secret: str) -> None:
    sealed = seal(secret, bound_to=calendar_place(calendar))
    BusyCalendar.objects.filter(pk=calendar.pk).update(secret=sealed)


def _address_of(calendar: BusyCalendar) -> str:
    try:
        return unseal(calendar.secret, bound_to=calendar_place(calendar))
    except CannotUnseal:
        return ""
