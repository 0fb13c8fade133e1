import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from mentoring.outbox.delivery import Delivery


class Command(BaseCommand):
    help = "Send the letters of the outbox as they fall due, until told to stop."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due now, and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        delivery = Delivery()
        # The letter in hand is finished first; one that is cut off may be sent twice.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, delivery.stop)
        sent = delivery.run(once=once)
        if once:
            self.stdout.write(f"{sent} sent")
