import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from mentoring.outbox.delivery import DatabaseClock, Delivery, run_side_by_side


class Command(BaseCommand):
    help = "Send the letters of the outbox as they fall due, until told to stop."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due now, and end")
        parser.add_argument("--senders", type=int, default=1, help="how many letters to have in hand at a time")

    def handle(self, *args: Any, once: bool, senders: int, **options: Any) -> None:
        loops = [Delivery(clock=DatabaseClock()) for _number in range(max(senders, 1))]

        def stop(*_signal: object) -> None:
            # The letters in hand are finished first; one that is cut off may be sent twice.
            for loop in loops:
                loop.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        if once:
            self.stdout.write(f"{loops[0].run(once=True)} sent")
        elif not run_side_by_side(loops):
            sys.exit(1)
