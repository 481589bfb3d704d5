"""The taskset under the name by which `verifiers` loads it: it takes modules at the top level only.

The command line is then `uv run eval palestra-taskset --env.taskset.env-id palestra/Countdown-v1`.
"""

from palestra.envs.bridges_out.verifiers_taskset import PalestraEnv, PalestraTaskset

__all__ = ["PalestraEnv", "PalestraTaskset"]
