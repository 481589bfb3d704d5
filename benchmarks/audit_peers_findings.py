"""Single findings of docs/audits-of-peers.md, each measured anew: needs reasoning-gym, gem-llm and textarena.

No scorer that runs answers as code is called here; `audit_peers.py scorers` does so in a sandbox.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gem.envs
import reasoning_gym

SEED, GAMES, TURNS = 4242, 30, 60
START_S = 10  # what the import takes on a busy machine
Entry = dict[str, Any]


def entries(name: str, count: int) -> tuple[Any, list[Entry]]:
    """A data set and its first entries."""
    dataset = reasoning_gym.create_dataset(name, seed=SEED, size=count)
    return dataset, [dataset[i] for i in range(count)]


def paid(name: str, count: int, answer: Callable[[Entry], str]) -> str:
    """What an answer that needs no thought earns."""
    dataset, found = entries(name, count)
    scores = [float(dataset.score_answer(answer(entry), entry)) for entry in found]
    return f"mean {sum(scores) / count:.3f}, full marks on {sum(score == 1 for score in scores)} of {count}"


def unstable(name: str, count: int) -> str:
    """How many entries differ when they are made twice with one seed."""
    (_, one), (_, other) = entries(name, count), entries(name, count)
    return f"{sum(a['question'] != b['question'] for a, b in zip(one, other, strict=True))} of {count} differ"


def anagrams(count: int) -> str:
    """Items of letter_jumble with a word of which the data set's own words hold another anagram."""
    _, found = entries("letter_jumble", count)
    words: dict[str, set[str]] = {}
    for entry in found:
        for word in entry["metadata"]["original_words"]:
            words.setdefault("".join(sorted(word.lower())), set()).add(word.lower())
    several = {key for key, same in words.items() if len(same) > 1}
    hit = [e for e in found if any("".join(sorted(w.lower())) in several for w in e["metadata"]["original_words"])]
    return f"{len(hit)} of {count} items, e.g. {sorted(sorted(words[key]) for key in several)[:3]}"


def played(name: str, act: Callable[[Any], str]) -> str:
    """The mean return of a GEM game for a player who reads nothing."""
    returns = []
    for seed in range(GAMES):
        env = gem.make(name)
        env.reset(seed=seed)
        total, is_over, turns = 0.0, False, 0
        while not is_over and turns < TURNS:
            _, reward, terminated, truncated, _ = env.step(act(env))
            total, is_over, turns = total + float(reward), terminated or truncated, turns + 1
        returns.append(total)
    return f"mean return {sum(returns) / GAMES:.2f}, 1 or more in {sum(r >= 1 for r in returns)} of {GAMES} games"


def moves_random(reset: Callable[[], object]) -> str:
    """Whether a seeded reset moves the global generator."""
    random.seed(1)
    before = random.getstate()
    with contextlib.redirect_stdout(io.StringIO()):
        reset()
    return "moves the global random state" if random.getstate() != before else "leaves the global random state"


def syntax_errors(package: str) -> str:
    """Files of a package that this Python cannot read."""
    spec = importlib.util.find_spec(package)
    root = Path(str(spec.origin)).parent if spec else Path()
    wrong = Counter[str]()
    for path in sorted(root.rglob("*.py")):
        try:
            ast.parse(path.read_text(encoding="utf-8", errors="replace"))
        except SyntaxError:
            wrong[path.relative_to(root).as_posix()] += 1
    return f"{len(wrong)}: {', '.join(wrong)}"


def long_score(name: str, answer: str) -> str:
    """Whether a score of one answer takes longer than ten seconds; asked of another process."""
    code = (
        f"import reasoning_gym as g; d = g.create_dataset({name!r}, seed=1, size=1); d.score_answer({answer!r}, d[0])"
    )
    try:
        subprocess.run([sys.executable, "-c", code], timeout=START_S + 10, check=True, capture_output=True)
    except subprocess.TimeoutExpired:
        return "no score within 10 s"
    return "scored within 10 s"


def main() -> None:
    """Print every figure."""
    dead = json.dumps([[0] * 10] * 10)
    print("coin_flip, always `0`:", paid("coin_flip", 500, lambda entry: "0"))
    print(
        "propositional_logic, its first premise:",
        paid("propositional_logic", 200, lambda e: e["metadata"]["premises"][0]),
    )
    print("propositional_logic, `foo bar baz`:", paid("propositional_logic", 200, lambda entry: "foo bar baz"))
    print("propositional_logic, P or not P:", paid("propositional_logic", 200, lambda entry: "(P \u2228 \u00acP)"))
    print("game_of_life, an empty board:", paid("game_of_life", 200, lambda entry: dead))
    print("game_of_life_halting, `banana`:", paid("game_of_life_halting", 60, lambda entry: "banana"))
    print("syllogism, always `Yes`:", paid("syllogism", 500, lambda entry: "Yes"))
    print("coin_flip, `1e999999999`:", long_score("coin_flip", "1e999999999"))
    print("codeio, made twice:", unstable("codeio", 300))
    print("letter_jumble:", anagrams(200))
    for name in ("GuessTheNumber", "Mastermind", "Minesweeper", "Game2048", "Sokoban"):
        print(
            f"GEM {name} easy, random actions:", played(f"game:{name}-v0-easy", lambda env: env.sample_random_action())
        )
    print("GEM GuessTheNumber easy, always 5:", played("game:GuessTheNumber-v0-easy", lambda env: "\\boxed{5}"))
    print("GEM reset(seed):", moves_random(lambda: gem.make("game:Mastermind-v0-easy").reset(seed=7)))
    with contextlib.redirect_stdout(io.StringIO()):
        import textarena
    print("TextArena reset(seed):", moves_random(lambda: textarena.make("Mastermind-v0").reset(num_players=1, seed=7)))
    print("TextArena files with syntax errors:", syntax_errors("textarena"))


if __name__ == "__main__":
    main()
