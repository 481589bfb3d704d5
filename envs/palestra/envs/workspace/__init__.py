"""Work in a sandbox over several turns: a session, tools that act in it, and limits."""

from palestra.envs.workspace.limits import EpisodeLimits
from palestra.envs.workspace.session_env import Bench, Progress, SessionEnv
from palestra.envs.workspace.shell_bench import ShellBench, Shop

__all__ = ["Bench", "EpisodeLimits", "Progress", "SessionEnv", "ShellBench", "Shop"]
