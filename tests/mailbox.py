"""A real SMTP server on this machine, whose temper the test decides, and what people find in its letters."""

import asyncio
import re
from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from mentoring.embedded.valkey import free_port


class Temper:
    """Accepts everything unless told otherwise."""

    def __init__(self):
        self.arrived = []
        self.connections = 0
        self.to_recipient = {}
        self.to_sender = ""
        self.to_data = ""
        self.takes = 0.0
        self.hangs_up = False

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.to_sender:
            return self.to_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.to_recipient:
            return self.to_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.takes)
        if self.hangs_up:
            server.transport.close()
            return "421 Bye"
        if self.to_data:
            return self.to_data
        self.arrived.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 Taken"

    @property
    def recipients(self):
        return [str(mail["To"]) for mail in self.arrived]

    def inbox(self, address):
        """The letters that have arrived for somebody, oldest first."""
        return [mail for mail in list(self.arrived) if str(mail["To"]) == address]


@contextmanager
def mail_server(temper, *, port=None):
    """Run the server for a while; its `port` is its own unless one is given."""
    controller = Controller(temper, hostname="127.0.0.1", port=port or free_port(), decode_data=False)
    controller.start()
    try:
        yield controller
    finally:
        if controller.server is not None:
            controller.stop()


def text_of(mail):
    """What a letter says, as plain text."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def links_in(mail):
    """The addresses that a letter offers to click, the site's own at the end left out."""
    return re.findall(r"^(http\S+)$", text_of(mail).partition("\n--\n")[0], re.MULTILINE)
