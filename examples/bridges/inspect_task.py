"""Evaluate with Inspect: one task of ours for each sample, played turn by turn, with our verdicts as scores.

    make bridges
    .venv-bridges/bin/python examples/bridges/inspect_task.py

From a terminal, with a model of yours: `inspect eval palestra/environment -T env_id=palestra/Wordle-v1 --model NAME`.
The model here is a stand-in that knows every second task, so that the numbers are known beforehand.
"""

import tempfile

from inspect_ai import eval as evaluate
from inspect_ai.model import ChatMessage, ModelOutput, ModelUsage, get_model

from palestra.envs import ENVS, dataset
from palestra.envs.bridges_out.inspect_task import environment

ENV, SIZE = "palestra/Wordle-v1", 4

players = {task.prompt: ENVS.make(ENV) for task in dataset(ENV, "test", SIZE)}
for number, (task, player) in enumerate(zip(dataset(ENV, "test", SIZE), players.values(), strict=True)):
    player.reset(options={"task_id": str(task.id)})
    players[task.prompt] = player if number % 2 == 0 else None


def respond(messages: list[ChatMessage], *_: object) -> ModelOutput:
    """What somebody who knows the answer says, for every second task."""
    player = next(players[message.text] for message in messages if message.text in players)
    text = "I give up" if player is None else player.oracle()
    if player is not None:
        player.step(text)
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage()
    return output


with tempfile.TemporaryDirectory() as folder:
    model = get_model("mockllm/model", custom_outputs=respond)
    log = evaluate(environment(ENV, size=SIZE), model=model, log_dir=folder, display="none")[0]
    print(log.status, log.error or "")
    for sample in sorted(log.samples, key=lambda sample: str(sample.id)):
        score = sample.scores["verdict"]
        turns = sum(message.role == "assistant" for message in sample.messages)
        print(sample.id, score.value, score.metadata["outcome"], score.metadata["end"], f"{turns} turns")
    print("accuracy", log.results.scores[0].metrics["accuracy"].value)
