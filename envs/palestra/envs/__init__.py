"""Verifiable-reward environments: plain Gymnasium environments whose verdicts say what was checked.

>>> import gymnasium, palestra.envs
>>> env = gymnasium.make("palestra/ChainSum-v1")
>>> prompt, info = env.reset(seed=0)
>>> env.step(env.unwrapped.oracle())[1]
1.0
"""

from palestra.envs.async_env import AsyncTextEnv
from palestra.envs.config import FamilyConfig, geometric, ramp, stages
from palestra.envs.ending import EndReason
from palestra.envs.errors import (
    ConfigError,
    DataError,
    DuplicateEnvError,
    EmptySplitError,
    EnvError,
    MissingPackageError,
    NoOracleError,
    TaskIdError,
    UnknownEnvError,
)
from palestra.envs.export import dataset, write_jsonl, write_parquet
from palestra.envs.family import Content, Family
from palestra.envs.game import Game, GameEnv, Move
from palestra.envs.message import Message, Role
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.row import Kind, Row
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.source import QuestionSource, TaskSource
from palestra.envs.table import ENVS, EnvTable
from palestra.envs.task import IID_SPLITS, SPLITS, Scalar, Split, Task, TaskId
from palestra.envs.text_env import TextEnv, verdict_info
from palestra.envs.turn import EpisodeState, Turn, TurnRecord
from palestra.envs.unicode_text import UnicodeText
from palestra.verifiers.keyed_random import KeyedRandom, stable_hash

__all__ = [
    "ENVS",
    "IID_SPLITS",
    "SPLITS",
    "AsyncTextEnv",
    "ConfigError",
    "Content",
    "DataError",
    "DuplicateEnvError",
    "EmptySplitError",
    "EndReason",
    "EnvError",
    "EnvTable",
    "EpisodeState",
    "Family",
    "FamilyConfig",
    "Game",
    "GameEnv",
    "KeyedRandom",
    "Kind",
    "Message",
    "MissingPackageError",
    "Move",
    "NoOracleError",
    "Question",
    "QuestionSource",
    "Role",
    "Row",
    "Scalar",
    "SingleTurnEnv",
    "Split",
    "Task",
    "TaskId",
    "TaskIdError",
    "TaskSource",
    "TextEnv",
    "Turn",
    "TurnRecord",
    "UnicodeText",
    "UnknownEnvError",
    "dataset",
    "decode",
    "encode",
    "geometric",
    "ramp",
    "stable_hash",
    "stages",
    "verdict_info",
    "write_jsonl",
    "write_parquet",
]

ENVS.add_installed()  # here, since installed packages import their contracts from this one
