"""The connection to the mail server, SMTP or HTTP, kept open from one letter to the next."""

from __future__ import annotations

import re
import select
import smtplib
import time
from contextlib import suppress
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.translation import gettext as _

from .refusals import Refused

# Servers close connections that are silent for minutes, and some those that carried many letters.
KEEP_OPEN = 30.0
LETTERS_PER_CONNECTION = 100
# A server that has just spoken is not asked whether it is still there, only listened to.
SURELY_ALIVE = 1.0
# Refusals that are about our own login, whoever the letter is for.
ABOUT_US = {530, 534, 535, 538}
# Says of a refused recipient that it is the address (RFC 3463: 5.1) or the mailbox (5.2), not what we send.
ADDRESS_IS_BAD = re.compile(r"5\.[12]\.\d")
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


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
            sent = self._hand_over(mail)
        except Refused as refusal:
            if refusal.server_is_down:
                self.close()
            raise
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            # The conversation goes on after these, except with a server that is about to close it.
            raise self._refused(error) from None
        except smtplib.SMTPNotSupportedError:
            self.close()
            raise Refused(_("The mail server can’t take this address."), for_good=True) from None
        except smtplib.SMTPResponseException as error:
            self.close()
            raise Refused(_said(error.smtp_code, error.smtp_error), server_is_down=True) from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            reason = _("The connection to the mail server broke (%s).") % type(error).__name__
            raise Refused(reason, server_is_down=True) from None
        except ValueError:
            self.close()
            raise Refused(_("This is not an address that mail can be sent to."), for_good=True, bounced=True) from None
        finally:
            self._letters += 1
            self._used_at = time.monotonic()
        if sent != 1:
            raise Refused(_("The mail server did not take the letter."))

    def _hand_over(self, mail: EmailMultiAlternatives) -> int:
        try:
            return int(self._connection.send_messages([mail]) or 0)
        except smtplib.SMTPSenderRefused as error:
            # It has had enough of this connection, before the letter itself was spoken of.
            if error.smtp_code != 421 or not self._letters:
                raise
            self.close()
            self._open()
            return int(self._connection.send_messages([mail]) or 0)

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
            raise Refused(reason, server_is_down=True, untouched=True) from None
        self._connection, self._letters, self._used_at = fresh, 0, time.monotonic()

    def _is_alive(self) -> bool:
        """Ask before each letter: a connection that breaks during one leaves in doubt whether it arrived."""
        smtp = getattr(self._connection, "connection", None)
        if not isinstance(smtp, smtplib.SMTP):
            return True
        if smtp.sock is None:
            return False
        try:
            # A server that closes says so unasked.
            if time.monotonic() - self._used_at < SURELY_ALIVE and not select.select([smtp.sock], [], [], 0)[0]:
                return True
            return smtp.noop()[0] == 250
        except (smtplib.SMTPException, OSError, ValueError):
            return False

    def _refused(self, error: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> Refused:
        said: bytes | str
        is_recipient = isinstance(error, smtplib.SMTPRecipientsRefused)
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            code, said = next(iter(error.recipients.values()))
        else:
            code, said = error.smtp_code, error.smtp_error
        if code == 421:
            self.close()
        for_good = 500 <= code < 600 and code not in ABOUT_US
        reason = _said(code, said)
        return Refused(
            reason,
            for_good=for_good,
            server_is_down=code == 421 or code in ABOUT_US,
            bounced=for_good and is_recipient and _is_the_address(reason),
        )


def _is_the_address(reason: str) -> bool:
    """Whether a refusal says that there is nobody, rather than that we are not welcome (5.7.1 and its like)."""
    return not ENHANCED.search(reason) or bool(ADDRESS_IS_BAD.search(reason))


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"
