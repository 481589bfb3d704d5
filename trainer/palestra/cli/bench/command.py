"""`palestra bench`: its subjects."""

from __future__ import annotations

from typing import Annotated

import tyro

from palestra.cli.bench.envs import BenchEnvs
from palestra.cli.bench.mathematics import BenchMath
from palestra.cli.bench.rollouts import BenchRollouts
from palestra.cli.bench.sandbox import BenchSandbox, BenchStability
from palestra.cli.bench.step import BenchStep

Bench = (
    Annotated[BenchEnvs, tyro.conf.subcommand("envs")]
    | Annotated[BenchMath, tyro.conf.subcommand("math")]
    | Annotated[BenchRollouts, tyro.conf.subcommand("rollouts")]
    | Annotated[BenchSandbox, tyro.conf.subcommand("sandbox")]
    | Annotated[BenchStability, tyro.conf.subcommand("sandbox-stability")]
    | Annotated[BenchStep, tyro.conf.subcommand("step")]
)
