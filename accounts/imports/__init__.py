"""People from an HR export: uploaded, its columns checked, planned row by row, and written once somebody said yes."""

from .applying import apply_import, in_words
from .planning import plan_import
from .steps import (
    KEPT_FOR,
    MAX_BYTES,
    ImportRefused,
    blocks,
    cancel_import,
    confirm_import,
    correct_columns,
    forget_imports,
    import_now,
    job_of,
    open_file,
    read_again,
    start_plan,
    upload,
)

__all__ = [
    "KEPT_FOR",
    "MAX_BYTES",
    "ImportRefused",
    "apply_import",
    "blocks",
    "cancel_import",
    "confirm_import",
    "correct_columns",
    "forget_imports",
    "import_now",
    "in_words",
    "job_of",
    "open_file",
    "plan_import",
    "read_again",
    "start_plan",
    "upload",
]
