"""Sends what is due, one letter at a time: claim, commit, send, mark. Any number of loops may run side by side."""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mentoring.tenancy.scope import organisation_scope

from .composing import compose
from .models import AccountMessage, Dispatch, Letter, Message

logger = logging.getLogger(__name__)

RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180))
MOST_ATTEMPTS = 20
POLL = 1.0
# So long the loop leaves a mail server alone that it could not reach.
PAUSE = 5.0
# Servers close connections that are silent for minutes, and some those that carried many letters.
KEEP_OPEN = 30.0
LETTERS_PER_CONNECTION = 100
# Refusals that are about our own login, whoever the letter is for.
ABOUT_US = {530, 534, 535, 538}


class Refused(Exception):
    """The letter was not sent; `for_good` when trying again would not help."""

    def __init__(self, reason: str, *, for_good: bool = False, server_is_down: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good
        self.server_is_down = server_is_down


class MailServer:
    """A connection to the mail server that is kept open from one letter to the next."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._letters = 0
        self._used_at = 0.0

    def send(self, mail: EmailMultiAlternatives) -> None:
        """Hand over one letter to one recipient. Raises Refused."""
        self._open()
        try:
            sent = self._connection.send_messages([mail])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            # The conversation goes on after these, except with a server that is about to close it.
            raise self._refused(error) from None
        except smtplib.SMTPNotSupportedError:
            self.close()
            raise Refused(_("The mail server can't take this address."), for_good=True) from None
        except smtplib.SMTPResponseException as error:
            self.close()
            raise Refused(_said(error.smtp_code, error.smtp_error), server_is_down=True) from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            reason = _("The connection to the mail server broke (%s).") % type(error).__name__
            raise Refused(reason, server_is_down=True) from None
        except ValueError:
            self.close()
            raise Refused(_("This is not an address that mail can be sent to."), for_good=True) from None
        finally:
            self._letters += 1
            self._used_at = time.monotonic()
        if sent != 1:
            raise Refused(_("The mail server did not take the letter."))

    def rest(self) -> None:
        """Let go of a connection that has been silent for a while."""
        if self._connection is not None and time.monotonic() - self._used_at > KEEP_OPEN:
            self.close()

    def close(self) -> None:
        held, self._connection = self._connection, None
        if held is not None:
            with suppress(smtplib.SMTPException, OSError):
                held.close()

    def _open(self) -> None:
        self.rest()
        if self._connection is not None and (self._letters >= LETTERS_PER_CONNECTION or not self._is_alive()):
            self.close()
        if self._connection is not None:
            return
        # A new one each time: a connection whose sign-in failed would count as open.
        fresh = get_connection()
        try:
            fresh.open()
        except (smtplib.SMTPException, OSError) as error:
            with suppress(smtplib.SMTPException, OSError):
                fresh.close()
            reason = _("The mail server could not be reached (%s).") % type(error).__name__
            raise Refused(reason, server_is_down=True) from None
        self._connection, self._letters, self._used_at = fresh, 0, time.monotonic()

    def _is_alive(self) -> bool:
        """Ask before each letter: a connection that breaks during one leaves in doubt whether it arrived."""
        smtp = getattr(self._connection, "connection", None)
        if not isinstance(smtp, smtplib.SMTP):
            return True
        try:
            return smtp.noop()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def _refused(self, error: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> Refused:
        said: bytes | str
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            code, said = next(iter(error.recipients.values()))
        else:
            code, said = error.smtp_code, error.smtp_error
        if code == 421:
            self.close()
        for_good = 500 <= code < 600 and code not in ABOUT_US
        return Refused(_said(code, said), for_good=for_good, server_is_down=code == 421 or code in ABOUT_US)


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"


class Delivery:
    """One loop."""

    def __init__(self) -> None:
        self.server = MailServer()
        self.is_stopping = False
        self.server_is_down = False

    def stop(self, *_signal: object) -> None:
        """Finish the letter in hand and end."""
        self.is_stopping = True

    def run(self, *, once: bool = False) -> int:
        """Deliver until told to stop, or `once` what is due now. Returns how many letters were sent."""
        sent, trouble = 0, 1.0
        try:
            while not self.is_stopping:
                try:
                    found = self.deliver_next()
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
                    self._wait(PAUSE)
        finally:
            self.server.close()
        return sent

    def deliver_next(self, *, now: Callable[[], datetime] = timezone.now) -> str | None:
        """Take one letter that is due and try to send it. Returns what became of it, or None when none is due."""
        dispatch = self._claim(now())
        if dispatch is None:
            return None
        letter = self._take_out(dispatch, now())
        if letter is None:
            return Letter.Status.SKIPPED
        self.server_is_down = False
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
        self._mark(dispatch, letter, Letter.Status.SENT, sent_at=now(), outcome="")
        logger.info("letter %s sent", _tag(dispatch, letter))
        return Letter.Status.SENT

    def _claim(self, now: datetime) -> Dispatch | None:
        with transaction.atomic():
            due = Dispatch.objects.select_for_update(skip_locked=True).filter(due_at__lte=now).order_by("due_at")
            dispatch = due.first()
            if dispatch is not None:
                dispatch.due_at = now + settings.OUTBOX_LEASE
                dispatch.save(update_fields=["due_at"])
        return dispatch

    def _take_out(self, dispatch: Dispatch, now: datetime) -> Letter | None:
        """The letter behind a pointer, if it is still to be sent. Counts the attempt before it is made."""
        with _scope(dispatch), transaction.atomic():
            letter: Letter | None = _letters(dispatch).select_for_update().filter(pk=dispatch.message_id).first()
            if letter is None or letter.status != Letter.Status.PENDING:
                Dispatch.objects.filter(pk=dispatch.pk).delete()
                return None
            if letter.expires_at and letter.expires_at <= now:
                outcome = _("Too late to be of use.")
                self._mark(
                    dispatch, letter, Letter.Status.SKIPPED, outcome=" ".join(filter(None, [outcome, letter.outcome]))
                )
                logger.info("letter %s skipped: expired", _tag(dispatch, letter))
                return None
            letter.attempts += 1
            letter.save(update_fields=["attempts"])
        return letter

    def _put_back(self, dispatch: Dispatch, letter: Letter, refusal: Refused, now: datetime) -> str:
        if refusal.for_good or letter.attempts >= MOST_ATTEMPTS:
            self._mark(dispatch, letter, Letter.Status.FAILED, outcome=str(refusal))
            logger.warning("letter %s failed after %s attempts", _tag(dispatch, letter), letter.attempts)
            return Letter.Status.FAILED
        wait = RETRY_AFTER[min(letter.attempts, len(RETRY_AFTER)) - 1]
        with _scope(dispatch), transaction.atomic():
            _letters(dispatch).filter(pk=letter.pk).update(outcome=str(refusal)[:300])
            Dispatch.objects.filter(pk=dispatch.pk).update(due_at=now + wait)
        logger.info("letter %s waits for attempt %s", _tag(dispatch, letter), letter.attempts + 1)
        return Letter.Status.PENDING

    def _mark(self, dispatch: Dispatch, letter: Letter, status: str, *, outcome: str, **fields: Any) -> None:
        if isinstance(letter, AccountMessage):
            # It may hold a code or a link that signs somebody in.
            fields |= {"text": "", "html": "", "attachments": []}
        # The letter first and then its pointer, as take_back() does, or the two could wait for each other.
        with _scope(dispatch), transaction.atomic():
            _letters(dispatch).filter(pk=letter.pk).update(status=status, outcome=outcome[:300], **fields)
            Dispatch.objects.filter(pk=dispatch.pk).delete()

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.is_stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


def _scope(dispatch: Dispatch) -> AbstractContextManager[Any]:
    """The organisation's own scope; letters about somebody's sign-in belong to none."""
    return nullcontext() if dispatch.organisation_id is None else organisation_scope(dispatch.organisation_id)


def _letters(dispatch: Dispatch) -> Any:
    return AccountMessage.objects.all() if dispatch.organisation_id is None else Message.objects.all()


def _tag(dispatch: Dispatch, letter: Letter) -> str:
    """What the log says of a letter: never an address, a name or a subject."""
    return f"{dispatch.organisation_id or 'account'}/{letter.pk} ({letter.kind})"
