"""Sends what is due, one letter at a time: claim, commit, send, mark. Any number of loops may run side by side."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mentoring.tenancy.scope import organisation_scope

from .composing import compose
from .models import AccountMessage, BouncedAddress, Dispatch, Letter, Message
from .refusals import Refused
from .servers import MailServer
from .taking import Gone, can_go_along, take_next

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 20
POLL = 1.0
# So long before it would be too late a letter is tried once more.
LAST_TRY = timedelta(seconds=30)
# An address from which letters came back is tried again after so long, in case it has been put right.
TRY_BOUNCED_AFTER = timedelta(days=7)


class DatabaseClock:
    """The database's time, so that a sender whose own clock is wrong neither hurries nor skips anything.

    Asked once a second, and counted on from there by a clock that nobody sets.
    """

    def __init__(self) -> None:
        self._told: datetime | None = None
        self._at = 0.0

    def __call__(self) -> datetime:
        passed = time.monotonic() - self._at
        if self._told is None or passed > POLL:
            with connection.cursor() as cursor:
                cursor.execute("SELECT clock_timestamp()")
                self._told = cursor.fetchone()[0]
            self._at, passed = time.monotonic(), 0.0
        return self._told + timedelta(seconds=passed)


class Delivery:
    """One loop, with connections of its own to the database and the mail server."""

    def __init__(self, *, clock: Callable[[], datetime] = timezone.now) -> None:
        self.server = MailServer()
        self.clock = clock
        self.is_stopping = False
        self.server_is_down = False
        # What has been sent, and when, and is not written down yet.
        self._gone: Gone | None = None

    def stop(self, *_signal: object) -> None:
        """Finish the letter in hand and end."""
        self.is_stopping = True

    def run(self, *, once: bool = False) -> int:
        """Deliver until told to stop, or `once` what is due now. Returns how many letters were sent."""
        sent, trouble = 0, 1.0
        try:
            while not self.is_stopping:
                try:
                    found = self._step(self.clock)
                    trouble = 1.0
                except (DatabaseError, InterfaceError) as error:
                    if once:
                        raise
                    logger.warning("outbox lost its database: %s", type(error).__name__)
                    connection.close()
                    self._wait(trouble)
                    trouble = min(trouble * 2, 30.0)
                    continue
                sent += found == Letter.Status.SENT
                if found is None:
                    if once:
                        break
                    self.server.rest()
                    close_old_connections()
                    self._wait(POLL)
                elif self.server_is_down and not once:
                    self._wait(settings.OUTBOX_PAUSE.total_seconds())
        finally:
            self.server.close()
            self._settle()
        return sent

    def deliver_next(self, *, now: Callable[[], datetime] | None = None) -> str | None:
        """Take one letter that is due and try to send it. Returns what became of it, or None when none is due."""
        try:
            return self._step(now or self.clock)
        finally:
            self._settle()

    def _step(self, now: Callable[[], datetime]) -> str | None:
        """Deliver one letter. That it has gone is written down with the next step, or by _settle()."""
        taken = self._take_next(now)
        if taken is None:
            return None
        dispatch, letter = taken
        if letter is None:
            with _scope(dispatch), transaction.atomic():
                letter = self._take_out(dispatch, now())
        return self._send(dispatch, letter, now) if letter else Letter.Status.SKIPPED

    def _take_next(self, now: Callable[[], datetime]) -> tuple[Dispatch, Letter | None] | None:
        """The next pointer and its letter; and in the same breath, that the last letter has gone."""
        gone = self._gone
        if gone is not None and not can_go_along(gone):
            self._settle()
            gone = None
        try:
            taken = take_next(now=now(), lease=settings.OUTBOX_LEASE, most_attempts=MOST_ATTEMPTS, gone=gone)
        except (DatabaseError, InterfaceError):
            # Whatever else is in the way.
            self._settle()
            raise
        self._gone = None
        return taken

    def _settle(self) -> None:
        """Write down that the last letter has gone, even if the database is away for a while: it would be sent again."""
        gone, self._gone = self._gone, None
        until = time.monotonic() + settings.OUTBOX_LEASE.total_seconds() * 0.8
        while gone is not None:
            try:
                self._mark(gone.pointer, gone.letter, Letter.Status.SENT, sent_at=gone.at, outcome="")
            except (OperationalError, InterfaceError):
                if time.monotonic() > until or connection.in_atomic_block:
                    raise
                connection.close()
                time.sleep(0.2)
            else:
                return

    def _send(self, dispatch: Dispatch, letter: Letter, now: Callable[[], datetime]) -> str:
        """Send a letter that has been taken out, and write down what came of it."""
        self.server_is_down = False
        # Not asked again afterwards, when the database may be away.
        began_at, began = now(), time.monotonic()
        try:
            self.server.send(compose(letter))
        except Refused as refusal:
            self.server_is_down = refusal.server_is_down
            return self._put_back(dispatch, letter, refusal, now())
        except Exception as error:
            # Its text may hold an address, so only its name is told.
            logger.error("letter %s could not be put together: %s", _tag(dispatch, letter), type(error).__name__)
            reason = _("The letter could not be put together (%s).") % type(error).__name__
            return self._put_back(dispatch, letter, Refused(reason, for_good=True), now())
        self._gone = Gone(dispatch, letter, began_at + timedelta(seconds=time.monotonic() - began))
        logger.info("letter %s sent", _tag(dispatch, letter))
        return Letter.Status.SENT

    def _take_out(self, dispatch: Dispatch, now: datetime) -> Letter | None:
        """The letter behind a pointer, if it is still to be sent. Counts the attempt before it is made."""
        found = _letters(dispatch).filter(pk=dispatch.message_id)
        # Not waited for: who holds the letter to take it back may be waiting for its pointer, which is held here.
        letter: Letter | None = found.select_for_update(skip_locked=True).first()
        if letter is None and found.exists():
            Dispatch.objects.filter(pk=dispatch.pk).update(due_at=now + timedelta(seconds=POLL))
            return None
        if letter is None or letter.status != Letter.Status.PENDING:
            Dispatch.objects.filter(pk=dispatch.pk).delete()
            return None
        if letter.expires_at and letter.expires_at <= now:
            outcome = " ".join(filter(None, [_("Too late to be of use."), letter.outcome]))
            self._mark(dispatch, letter, Letter.Status.SKIPPED, outcome=outcome)
            logger.info("letter %s skipped: expired", _tag(dispatch, letter))
            return None
        if letter.attempts >= MOST_ATTEMPTS:
            # Each time its sender died before it could say why.
            outcome = letter.outcome or _("Sending it was broken off each time.")
            self._mark(dispatch, letter, Letter.Status.FAILED, outcome=outcome)
            logger.warning("letter %s set aside", _tag(dispatch, letter))
            return None
        mark = self._mark_on(letter)
        letter.came_back = mark is not None
        if mark is not None and mark.at > now - TRY_BOUNCED_AFTER:
            outcome = _("Letters to this address come back: %s") % mark.reason
            self._mark(dispatch, letter, Letter.Status.FAILED, outcome=outcome)
            logger.info("letter %s set aside: bounced address", _tag(dispatch, letter))
            return None
        letter.attempts += 1
        found.update(attempts=letter.attempts)
        return letter

    def _put_back(self, dispatch: Dispatch, letter: Letter, refusal: Refused, now: datetime) -> str:
        if refusal.for_good or (letter.attempts >= MOST_ATTEMPTS and not refusal.untouched):
            self._mark(dispatch, letter, Letter.Status.FAILED, outcome=str(refusal), bounced=refusal.bounced)
            logger.warning("letter %s failed after %s attempts", _tag(dispatch, letter), letter.attempts)
            return Letter.Status.FAILED
        scale = settings.OUTBOX_RETRY_AFTER
        # The letter is not to blame for a server that can't be reached: that neither counts nor makes it wait longer.
        attempts = letter.attempts - refusal.untouched
        wait = scale[0] if refusal.untouched else scale[min(letter.attempts, len(scale)) - 1]
        if letter.expires_at and now + wait >= letter.expires_at:
            wait = max(letter.expires_at - LAST_TRY - now, scale[0])
        with _scope(dispatch), transaction.atomic():
            _letters(dispatch).filter(pk=letter.pk).update(outcome=str(refusal)[:300], attempts=attempts)
            Dispatch.objects.filter(pk=dispatch.pk).update(due_at=now + wait)
        logger.info("letter %s waits for attempt %s", _tag(dispatch, letter), attempts + 1)
        return Letter.Status.PENDING

    def _mark(
        self,
        dispatch: Dispatch,
        letter: Letter,
        status: str,
        *,
        outcome: str,
        bounced: bool = False,
        **fields: Any,
    ) -> None:
        is_sent = status == Letter.Status.SENT
        if isinstance(letter, AccountMessage) or (is_sent and isinstance(letter, Message) and letter.secret):
            # It may hold a code or a link that signs somebody in.
            fields |= {"text": "", "html": "", "attachments": []}
        # The letter first and then its pointer, as take_back() does, or the two could wait for each other.
        with _scope(dispatch), transaction.atomic():
            _letters(dispatch).filter(pk=letter.pk).update(status=status, outcome=outcome[:300], **fields)
            Dispatch.objects.filter(pk=dispatch.pk).delete()
            if isinstance(letter, Message) and bounced:
                BouncedAddress.objects.update_or_create(
                    organisation_id=dispatch.organisation_id or 0,
                    address=letter.recipient,
                    defaults={"reason": outcome[:300], "at": self.clock()},
                )
            elif is_sent and letter.came_back:
                BouncedAddress.objects.filter(address=letter.recipient).delete()

    def _mark_on(self, letter: Letter) -> BouncedAddress | None:
        """The mark on the letter's address, if letters have come back from there."""
        if not isinstance(letter, Message):
            return None
        found: BouncedAddress | None = BouncedAddress.objects.filter(address=letter.recipient).first()
        return found

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.is_stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


def run_side_by_side(loops: Sequence[Delivery]) -> bool:
    """Run loops in a thread each until all have ended. Returns False when one ended by what should not have happened."""
    broken: list[str] = []

    def run(loop: Delivery) -> None:
        try:
            loop.run()
        except Exception as error:
            # Whoever watches over the process starts all of them anew; fewer senders than wanted would not be noticed.
            logger.error("a sender ended: %s", type(error).__name__)
            broken.append(type(error).__name__)
            for each in loops:
                each.stop()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(loop,), name=f"sender-{n}") for n, loop in enumerate(loops)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return not broken


def _scope(dispatch: Dispatch) -> AbstractContextManager[Any]:
    """The organisation's own scope; letters about somebody's sign-in belong to none."""
    return nullcontext() if dispatch.organisation_id is None else organisation_scope(dispatch.organisation_id)


def _letters(dispatch: Dispatch) -> Any:
    return AccountMessage.objects.all() if dispatch.organisation_id is None else Message.objects.all()


def _tag(dispatch: Dispatch, letter: Letter) -> str:
    """What the log says of a letter: never an address, a name or a subject."""
    return f"{dispatch.organisation_id or 'account'}/{letter.pk} ({letter.kind})"
