from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from palestra.agents import Closable
from palestra.agents.errors import ApiKeyError
from palestra.agents.vllm import VllmPool
from palestra.trainer.config.reader import parse_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.errors import ConfigError
from palestra.trainer.generation.choice import InProcess
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.generation.site import Site
from palestra.trainer.generation.vllm_servers import ServingDtype, VllmServers
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.model_files import load_model
from palestra.trainer.model.policy import Policy
from palestra.trainer.practice.early_rejection import EarlyRejection
from palestra.trainer.weight_sync.transfer import SharedFile
from tiny_model import save_tiny_model

RUN = 'steps = 1\n[env]\nid = "palestra/ChainSum-v1"\n[model]\npath = "m"\n'


def site(folder: Path) -> Site:
    model, tokenizer = load_model(str(save_tiny_model(folder)))
    policy = Policy.of(model.requires_grad_(False).eval(), torch.float32)
    return Site(policy=policy, tokenizer=HfChatTokenizer(tokenizer), max_concurrent=4, model_path=str(folder))


def test_rollouts_are_sampled_in_process_unless_something_else_is_said(tmp_path: Path) -> None:
    config = parse_config(RUN)
    assert config.generator == InProcess()
    assert isinstance(config.generator.build(site(tmp_path / "m")).generator, InProcessGenerator)


def test_servers_are_read_from_toml_and_written_back() -> None:
    text = (
        '[generator]\nkind = "vllm"\nurls = ["http://a:1", "http://b:2"]\ndtype = "bfloat16"\n'
        '[generator.limits]\nmax_in_flight = 7\n[generator.transfer]\nkind = "shared-file"\nmax_file_mb = 3\n'
    )
    config = parse_config(RUN + text)
    servers = config.generator
    assert isinstance(servers, VllmServers)
    assert (servers.urls, servers.dtype) == (("http://a:1", "http://b:2"), ServingDtype.BF16)
    assert servers.limits.max_in_flight == 7 and servers.transfer == SharedFile(max_file_mb=3)
    assert parse_config(to_toml(config)) == config


@pytest.mark.parametrize(
    "keys",
    [
        "",
        'urls = ["http://a:1"]\nlaunch = 2',
        'urls = ["http://a:1", "http://a:1"]',
        "launch = 1\nport = -1",
        'launch = 1\napi_key_variable = "KEY"',
        "launch = 1\nthreads = 0",
        "launch = 1\nlimits.max_in_flight = 0",
        "launch = 1\nbreaker.failures = 0",
        "launch = 1\nprocesses.first_wait_s = 0.0",
        'launch = 1\ndtype = "int8"',
    ],
)
def test_servers_that_make_no_sense_are_refused(keys: str) -> None:
    with pytest.raises(ConfigError):
        parse_config(f'{RUN}[generator]\nkind = "vllm"\n{keys}\n')


def test_a_pool_checks_ids_against_the_models_vocabulary_and_stops_where_its_turns_end(tmp_path: Path) -> None:
    built = VllmServers(urls=("http://127.0.0.1:1",), transfer=SharedFile(folder=str(tmp_path / "shared"))).build(
        site(tmp_path / "m")
    )
    assert isinstance(built.generator, VllmPool)
    assert built.generator.on_join is not None, "a worker gets the current weights before its first request"
    assert isinstance(built.weight_sync, Closable)
    asyncio.run(built.weight_sync.aclose())
    asyncio.run(built.generator.aclose())


def test_the_key_of_servers_is_read_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    servers = VllmServers(
        urls=("http://127.0.0.1:1",),
        api_key_variable="SERVERS_KEY",
        transfer=SharedFile(folder=str(tmp_path / "shared")),
    )
    monkeypatch.delenv("SERVERS_KEY", raising=False)
    with pytest.raises(ApiKeyError, match=r"`SERVERS_KEY` is not set(.|\n)*hint: "):
        servers.build(site(tmp_path / "m"))
    monkeypatch.setenv("SERVERS_KEY", "a-secret")
    built = servers.build(site(tmp_path / "m"))
    assert isinstance(built.generator, VllmPool)
    assert [worker.api_key for worker in built.generator.workers] == ["a-secret"]
    assert isinstance(built.weight_sync, Closable)
    asyncio.run(built.weight_sync.aclose())
    asyncio.run(built.generator.aclose())


def test_early_rejection_does_not_go_with_servers(tmp_path: Path) -> None:
    wanted = replace(site(tmp_path / "m"), rejection=EarlyRejection())
    with pytest.raises(ConfigError, match="in-process"):
        VllmServers(urls=("http://127.0.0.1:1",)).build(wanted)
