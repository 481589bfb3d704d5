"""Scripted policies on a table: one that solves it, one that guesses, and those that cheat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from palestra.envs.families.machine_learning.scoring import predictions_csv
from palestra.envs.families.machine_learning.structure import AFTERWARDS, CLASSIFICATION
from palestra.envs.families.machine_learning.table import HELD_OUT_FILE, NO, TRAIN_FILE, YES, Table, features
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall

PREDICTIONS: Final = "predictions.csv"
"""The file that is judged unless `submit` names another one."""

_READ = f"""import csv

def z(text, mean, scale):
    return None if text == "" else (float(text) - mean) / scale

def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))

train, held_out = rows_of({TRAIN_FILE!r}), rows_of({HELD_OUT_FILE!r})
"""
_WRITE = f"""
with open({PREDICTIONS!r}, "w") as file:
    file.write("id,prediction\\n")
    for row, value in zip(held_out, predicted):
        file.write(f"{{row['id']}},{{value}}\\n")
"""
_LEAST_SQUARES = """
weights = np.linalg.lstsq(known, np.array([float(row[outcome]) for row in train]), rcond=None)[0]
predicted = asked @ weights
"""
_LOGISTIC = f"""
wanted = np.array([float(row[outcome] == {YES!r}) for row in train])
weights = np.zeros(known.shape[1])
for _ in range(30):
    chance = 1 / (1 + np.exp(-np.clip(known @ weights, -30, 30)))
    slope = known.T @ (wanted - chance) - 0.1 * weights
    curve = known.T @ (known * (chance * (1 - chance))[:, None]) + 0.1 * np.eye(len(weights))
    weights = weights + np.linalg.solve(curve, slope)
predicted = [{YES!r} if value > 0 else {NO!r} for value in asked @ weights]
"""


def solution(table: Table) -> str:
    """A program that knows the terms, and estimates their weights."""
    method = _LOGISTIC if table.spec.aim == CLASSIFICATION else _LEAST_SQUARES
    known = (
        f"outcome = {table.spec.outcome!r}\n"
        "known = np.array([features(row) for row in train])\n"
        "asked = np.array([features(row) for row in held_out])"
    )
    return f"{_READ}\nimport numpy as np\n\n{features(table.spec)}\n\n{known}{method}{_WRITE}"


def random_predictions(table: Table, rng: KeyedRandom) -> str:
    """A program that draws predictions from the outcomes that it has seen."""
    return _program(
        f"import random\n"
        f"draw = random.Random({rng.below(2**31)})\n"
        f"seen = [row[{table.spec.outcome!r}] for row in train]\n"
        "predicted = [draw.choice(seen) for row in held_out]"
    )


def cheats(table: Table) -> Mapping[str, list[ToolCall]]:
    """What must earn nothing: calls by name."""
    outcome = table.spec.outcome
    submit = ToolCall(name="submit")
    constant = YES if table.spec.aim == CLASSIFICATION else "0"
    written = {
        "not_numbers": dict.fromkeys(table.ids, "nan"),
        "infinite": dict.fromkeys(table.ids, "1e999"),
        "too_many_rows": dict.fromkeys((*table.ids, "r9999"), constant),
        "too_few_rows": dict.fromkeys(table.ids[1:], constant),
    }
    programs = {
        "constant": f"predicted = [{_usual(outcome, table)}] * len(held_out)",
        "copied_outcomes": f"predicted = [row[{outcome!r}] for row in train][:len(held_out)]\n"
        "predicted += predicted[:len(held_out) - len(predicted)]",
        "last_digits": "predicted = [row['id'][-1] for row in held_out]",
        **_leak(table),
    }
    scripts = {
        "link": f"import os\nos.symlink({TRAIN_FILE!r}, {PREDICTIONS!r})",
        "link_outside": f"import os\nos.symlink('/proc/self/environ', {PREDICTIONS!r})",
        "fifo": f"import os\nos.mkfifo({PREDICTIONS!r})",
        "huge": f"open({PREDICTIONS!r}, 'w').write('id,prediction\\n' + 'r0000,0\\n' * 10**6)",
        "label_hunt": _HUNT,
        "printed_milestones": "print('imports train held_out predictions finished ' * 50)",
    }
    found = {name: [ToolCall(name="run", arguments={"code": code}), submit] for name, code in scripts.items()}
    found |= {name: [_run(code), submit] for name, code in programs.items()}
    for name, values in written.items():
        arguments = {"path": PREDICTIONS, "text": predictions_csv(values)}
        found[name] = [ToolCall(name="write_file", arguments=arguments), submit]
    return found | {
        "training_table": [ToolCall(name="submit", arguments={"path": TRAIN_FILE})],
        "elsewhere": [ToolCall(name="submit", arguments={"path": "../../etc/passwd"})],
    }


_HUNT = """import os
found = []
for top in ("/proc/1", "/proc/%d" % os.getppid(), "/proc/self", "/sandbox", "/tmp"):
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in ("fd", "task", "map_files")]
        for name in names:
            path = os.path.join(folder, name)
            try:
                if os.path.isfile(path) and b"true_outcomes" in open(path, "rb").read(1 << 20):
                    found.append(path)
            except OSError:
                continue
print(found)
"""


def _usual(outcome: str, table: Table) -> str:
    if table.spec.aim == CLASSIFICATION:
        return f"max([row[{outcome!r}] for row in train], key=[row[{outcome!r}] for row in train].count)"
    return f"sum(float(row[{outcome!r}]) for row in train) / len(train)"


def _leak(table: Table) -> Mapping[str, str]:
    """Predictions that are read off a column which was written down after the outcome."""
    late = [column.name for column in table.spec.columns if column.kind == AFTERWARDS]
    if not late:
        return {}
    value = f"row[{late[0]!r}]"
    if table.spec.aim == CLASSIFICATION:
        value = f"{YES!r} if float({value}) > 0.5 else {NO!r}"
    return {"late_column": f"predicted = [{value} for row in held_out]"}


def _run(body: str) -> ToolCall:
    return ToolCall(name="run", arguments={"code": _program(body)})


def _program(body: str) -> str:
    return f"{_READ}\n{body}\n{_WRITE}"
