"""An agent that works with tools, in a loop of your own, and the same episode forked before its last change."""

from collections.abc import Callable, Sequence

from palestra.envs import ENVS, Message, TextEnv
from palestra.verifiers.tools.codecs import CODECS

Ask = Callable[[Sequence[Message]], str]
"""A conversation to the next response: your model stands here, e.g. behind an endpoint."""

HERMES = CODECS["hermes"]


def called(response: str) -> list[str]:
    """The names of the tools that a response calls."""
    return [call.name for call in getattr(HERMES.parse(response), "calls", ())]


def work(env: TextEnv, ask: Ask) -> str:
    """Let the agent work until the episode ends; what came of it, with the calls that were made."""
    calls: list[str] = []
    while True:
        response = ask(env.messages())
        calls += called(response)
        _, reward, terminated, truncated, info = env.step(response)
        if terminated or truncated:
            return f"{reward} {info['outcome']} {info['components']}\n  {' '.join(calls)}"


def main() -> None:
    """Play a customer's case as it should be, as talk alone, and from its middle without the change."""
    env = ENVS.make("palestra/RetailDesk-v1", config={"difficulty": 0.0})
    env.reset(seed=1)
    print(env.messages()[-1].content.splitlines()[2])
    print("tools:", env.messages()[0].content.count('"type": "function"'))

    while not any(name.startswith("cancel") for name in called(env.oracle())):
        env.step(env.oracle())
    middle = env.state()  # an immutable value: a tree of rollouts needs nothing else
    print("as it should be:", work(env, lambda messages: env.oracle()))

    env.restore(middle)
    done = '<tool_call>\n{"name": "done", "arguments": {}}\n</tool_call>'
    print("left out:", work(env, lambda messages: done))

    env.reset(seed=1)
    print("talk alone:", work(env, lambda messages: "I have cancelled the order."))


if __name__ == "__main__":
    main()
