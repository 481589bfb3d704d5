from __future__ import annotations

from palestra.envs.curriculum import EvolvingSampler
from palestra.trainer.config.reader import parse_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.practice.practice import EvolutionConfig

_RUN = """
steps = 1
model.path = "somewhere"
[env]
kind = "evolution"
environments = [{ id = "palestra/ChainSum-v1", config = { difficulty = 0.2 } }]
breeding = { harder = 0.25 }
"""


def test_a_run_can_practise_on_tasks_that_come_back_harder() -> None:
    config = parse_config(_RUN)
    assert isinstance(config.env, EvolutionConfig)
    assert config.env.breeding.harder == 0.25
    sampler = config.env.sampler(group_size=4)
    assert isinstance(sampler, EvolvingSampler)
    assert [draw.task.id.source for draw in sampler.draw(1, 3)] == ["palestra/ChainSum-v1"] * 3
    assert parse_config(to_toml(config)) == config
