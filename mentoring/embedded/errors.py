"""What can go wrong on a newcomer's machine, each in one sentence."""


class EmbeddedError(Exception):
    """A sentence for the person at the keyboard; shown without a traceback."""
