from __future__ import annotations

import pickle

from palestra.envs.families.arithmetic.chain_sum import ChainSum
from palestra.envs.families.arithmetic.random_calculation import RandomCalculationContinuous
from palestra.envs.operators.hinted import Hinted


def test_each_further_attempt_earns_less() -> None:
    for num_wrong, reward in enumerate((1.0, 0.5, 0.25)):
        env = Hinted(inner=ChainSum()).env()
        env.reset(seed=4)
        for _ in range(num_wrong):
            reply, earned, terminated, truncated, _ = env.step("-1")
            assert (earned, terminated, truncated) == (0.0, False, False)
            assert reply.startswith("That is wrong.")
        assert env.step(env.oracle())[1:3] == (reward, True)


def test_no_reply_tells_the_answer_and_the_last_attempt_ends_it() -> None:
    env = Hinted(inner=ChainSum(), attempts=2).env()
    env.reset(seed=4)
    reply = env.step("no idea")[0]
    assert reply == "No answer was found. Mind the form in which to answer. One attempt is left."
    assert env.task.reference not in reply
    _, reward, terminated, truncated, info = env.step("-1")
    assert (reward, terminated, truncated, info["outcome"]) == (0.0, True, False, "FAIL")


def test_the_best_attempt_counts() -> None:
    env = Hinted(inner=RandomCalculationContinuous(), discount=0.9).env()
    env.reset(seed=1)
    near = str(float(int(env.task.reference.split("/")[0]) / int((env.task.reference + "/1").split("/")[1])) + 0.1)
    assert env.step(near)[0].startswith("Part of that is right.")
    env.step("10000000")
    _, reward, terminated, _, info = env.step("10000000")
    assert terminated
    assert reward > 0.4
    assert info["outcome"] == "PARTIAL"


def test_an_episode_goes_on_from_a_pickled_snapshot() -> None:
    env = Hinted(inner=ChainSum()).env()
    env.reset(seed=4)
    env.step("-1")
    other = pickle.loads(pickle.dumps(env))
    other.restore(pickle.loads(pickle.dumps(env.state())))
    assert other.step(other.oracle())[1] == 0.5
