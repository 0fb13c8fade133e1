"""Why a letter was not sent."""


class Refused(Exception):
    """The letter was not sent.

    `for_good`: trying again would not help. `server_is_down`: other letters would fare the same. `untouched`: it never
    came so far that the letter itself could have been the reason. `bounced`: there is nobody at this address.
    """

    def __init__(
        self,
        reason: str,
        *,
        for_good: bool = False,
        server_is_down: bool = False,
        untouched: bool = False,
        bounced: bool = False,
    ) -> None:
        super().__init__(reason)
        self.for_good = for_good
        self.server_is_down = server_is_down
        self.untouched = untouched
        self.bounced = bounced
