"""For workers of tests: programmes of the size of a test are shared in blocks, and no block is done in no time."""

import os
import time
from pathlib import Path

from matching.services.running import scoring

scoring.ALONE, scoring.BLOCK = 1, 16
_found = scoring._found


def slowly(block, explainer):
    """Say in a file who scores what."""
    folder = os.environ.get("SCORED")
    if folder:
        (Path(folder) / f"{block.start}.{time.monotonic_ns()}").write_text(str(os.getpid()))
        time.sleep(float(os.environ.get("SLOWLY", 0)))
    return _found(block, explainer)


scoring._found = slowly
