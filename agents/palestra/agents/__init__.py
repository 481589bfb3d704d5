"""Agents: generators of tokens, the rollout driver, scripted agents and evaluation."""

from palestra.agents.attempt import DriverCall, Episode, is_cut
from palestra.agents.chat import ChatTokenizer
from palestra.agents.conduct import Conduct
from palestra.agents.curfew import Curfew
from palestra.agents.driver import RolloutDriver
from palestra.agents.errors import (
    AgentError,
    EvaluationError,
    ExportError,
    GeneratorError,
    RolloutError,
    UnknownAgentError,
)
from palestra.agents.evaluation import Evaluation, evaluate_agent, evaluate_cheaters, evaluate_policy
from palestra.agents.generator import (
    UNSAMPLED,
    Closable,
    Completion,
    FinishReason,
    GenerationRequest,
    Generator,
    Sampling,
    VersionSpan,
    WeightSync,
)
from palestra.agents.history import AppendOnly, DropThinking, History, KeepLastObservations
from palestra.agents.rollout import Rollout, Segment, TurnRow, read_rollouts, write_rollouts
from palestra.agents.scripted import AGENTS, Cheater, EpisodeAgent, ScriptedAgent
from palestra.agents.sleeper import Sleeper, Wake
from palestra.agents.stages import DriverTotals, StageLimits, StageTotals
from palestra.agents.statistics import mean_of_groups, pass_at_k
from palestra.verifiers.statistics import Estimate, wilson

__all__ = [
    "AGENTS",
    "UNSAMPLED",
    "AgentError",
    "AppendOnly",
    "ChatTokenizer",
    "Cheater",
    "Closable",
    "Completion",
    "Conduct",
    "Curfew",
    "DriverCall",
    "DriverTotals",
    "DropThinking",
    "Episode",
    "EpisodeAgent",
    "Estimate",
    "Evaluation",
    "EvaluationError",
    "ExportError",
    "FinishReason",
    "GenerationRequest",
    "Generator",
    "GeneratorError",
    "History",
    "KeepLastObservations",
    "Rollout",
    "RolloutDriver",
    "RolloutError",
    "Sampling",
    "ScriptedAgent",
    "Segment",
    "Sleeper",
    "StageLimits",
    "StageTotals",
    "TurnRow",
    "UnknownAgentError",
    "VersionSpan",
    "Wake",
    "WeightSync",
    "evaluate_agent",
    "evaluate_cheaters",
    "evaluate_policy",
    "is_cut",
    "mean_of_groups",
    "pass_at_k",
    "read_rollouts",
    "wilson",
    "write_rollouts",
]
