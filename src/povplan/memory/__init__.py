"""What is remembered over batches: what became of each finding, what was excused, amended and answered.

Frames in, frames out. Which batch is asked, and what is written, is decided in `jobs`.
"""

from povplan.memory.status import ANSWER, MEMORY_COLUMNS, STATUS, WAS, compared, is_open, known

__all__ = ["ANSWER", "MEMORY_COLUMNS", "STATUS", "WAS", "compared", "is_open", "known"]
