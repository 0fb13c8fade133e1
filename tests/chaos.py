"""How hard the tests of what must survive a disaster try: shortly in `make test`, long in `make chaos`."""

import os

LONG = os.environ.get("CHAOS") == "long"


def sized(short, long):
    """A number that depends on how much time there is."""
    return long if LONG else short
