from collections.abc import Callable
from importlib.util import find_spec

import pytest

from palestra.envs import ENVS, ConfigError, Kind, MissingPackageError, TaskId
from palestra.envs.bridges import ROWS
from palestra.envs.bridges.peer import Options, Peer, Streams, peer_value

NO_PEER = Peer(module="palestra_no_such_module", package="palestra-no-such-package")


@pytest.mark.parametrize("ask", [Peer.load, Peer.release])
def test_a_missing_package_is_named_with_how_to_get_it(ask: Callable[[Peer], object]) -> None:
    with pytest.raises(MissingPackageError, match=r"\n\nhint: pip install palestra-no-such-package"):
        ask(NO_PEER)


@pytest.mark.parametrize(
    ("env_id", "module"),
    [
        ("palestra/ReasoningGym-v1", "reasoning_gym"),
        ("palestra/Gem-v1", "gem"),
        ("palestra/TextArena-v1", "textarena"),
        ("palestra/SkyRLGym-v1", "skyrl_gym"),
    ],
)
def test_without_its_package_a_bridge_says_what_to_install(env_id: str, module: str) -> None:
    if find_spec(module):
        pytest.skip("the package is installed")
    with pytest.raises(MissingPackageError, match="hint: pip install"):
        ENVS.make(env_id, config={"name": "anything"})


def test_bridges_are_a_kind_of_their_own() -> None:
    assert {ENVS[row.id].kind for row in ROWS} == {Kind.BRIDGE}


def test_neighbouring_streams_share_no_seeds_of_the_peer() -> None:
    streams = Streams("palestra/ReasoningGym-v1", {"name": "aiw"})
    seeds = {
        seed: {streams.peer_seed(streams.task_id("train", seed, index)) for index in range(200)} for seed in (42, 43)
    }
    assert len(seeds[42]) == len(seeds[43]) == 200
    assert not seeds[42] & seeds[43]
    assert all(0 <= seed < 2**31 for seed in seeds[42])


def test_split_and_options_decide_the_seed_too() -> None:
    places = [
        Streams("palestra/Gem-v1", config).peer_seed(TaskId(source="palestra/Gem-v1", split=split, seed=0, index=0))
        for config in ({"name": "a"}, {"name": "b"})
        for split in ("train", "test")
    ]
    assert len(set(places)) == 4


def test_options_are_checked_by_type_and_name() -> None:
    taken = Options("palestra/Gem-v1", {"name": "sudoku", "sandboxed": 1, "rows": 3})
    with pytest.raises(ConfigError, match="`sandboxed` must be of type bool, got 1"):
        taken.take("sandboxed", False)
    with pytest.raises(ConfigError, match=r"no game `sudoku`; did you mean `sudoku2`\?"):
        taken.take_name(["sudoku2", "chess"], "game")
    assert taken.rest == {"rows": 3}
    with pytest.raises(ConfigError, match=r"which game\?"):
        taken.take_name(["chess"], "game")
    with pytest.raises(ConfigError, match="no difficulty"):
        Options("palestra/Gem-v1", {"difficulty": 0.5})


def test_values_that_are_no_scalars_are_given_as_json() -> None:
    assert peer_value('["+", "-"]', ("+",)) == ("+", "-")
    assert peer_value('["+", "-"]', ["+"]) == ["+", "-"]
    assert peer_value("[1]", "text") == "[1]"
    assert (peer_value(3, 1), peer_value("plain", 1)) == (3, "plain")
