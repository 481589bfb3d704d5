"""Evaluation: how good an agent or a policy is on tasks that were held out, and how sure we are."""

from palestra.agents.evaluation.cache import RolloutCache
from palestra.agents.evaluation.comparison import Comparison, TaskChange, compare_rollouts
from palestra.agents.evaluation.folder import EvalFolder, read_finished
from palestra.agents.evaluation.insight import Insight, InsightOptions, Prices, gain_insight
from palestra.agents.evaluation.playing import (
    Ledger,
    Plan,
    Player,
    evaluate_agent,
    evaluate_cheaters,
    evaluate_policy,
    play_plan,
)
from palestra.agents.evaluation.rescoring import ChangedVerdict, Rescore, rescore_rollouts
from palestra.agents.evaluation.summary import Evaluation, summarise

__all__ = [
    "ChangedVerdict",
    "Comparison",
    "EvalFolder",
    "Evaluation",
    "Insight",
    "InsightOptions",
    "Ledger",
    "Plan",
    "Player",
    "Prices",
    "Rescore",
    "RolloutCache",
    "TaskChange",
    "compare_rollouts",
    "evaluate_agent",
    "evaluate_cheaters",
    "evaluate_policy",
    "gain_insight",
    "play_plan",
    "read_finished",
    "rescore_rollouts",
    "summarise",
]
