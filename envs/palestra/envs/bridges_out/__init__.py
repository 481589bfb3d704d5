"""Our environments in other frameworks: rows for their data sets, one verifier for all of them, and their own types.

`inspect_task` and `verifiers_taskset` load the packages inspect-ai and verifiers, and are imported by name.
"""

from palestra.envs.bridges_out.rows import Trainer, trainer_rows, write_rows
from palestra.envs.bridges_out.task_verifier import TaskVerifier, verifier_of

__all__ = ["TaskVerifier", "Trainer", "trainer_rows", "verifier_of", "write_rows"]
