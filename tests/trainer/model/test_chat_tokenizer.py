import pytest

from palestra.agents import Completion, FinishReason, VersionSpan
from palestra.agents.history import Origin, Piece
from palestra.agents.transcript import Transcript
from palestra.envs import Message
from palestra.trainer.errors import ModelError
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from tiny_model import byte_tokenizer

SYSTEM = Message(role="system", content="You add.")
ASK = Message(role="user", content="3 + 4?")
ANSWER = Message(role="assistant", content="7")
AGAIN = Message(role="user", content="Once more.")


def _chat(template: str | None = "", **changes: object) -> HfChatTokenizer:
    tokenizer = byte_tokenizer()
    if template != "":
        tokenizer.chat_template = template
    for name, value in changes.items():
        setattr(tokenizer, name, value)
    return HfChatTokenizer(tokenizer)


def _rendered(chat: HfChatTokenizer, *messages: Message, opened: bool = True) -> tuple[int, ...]:
    """What the template makes of a whole conversation, by `transformers` itself."""
    rows = [{"role": message.role, "content": message.content} for message in messages]
    text = chat.tokenizer.apply_chat_template(rows, add_generation_prompt=opened, tokenize=False)
    return tuple(chat.tokenizer(text, add_special_tokens=False).input_ids)


def _ids(chat: HfChatTokenizer, text: str) -> tuple[int, ...]:
    return tuple(chat.tokenizer(text, add_special_tokens=False).input_ids)


@pytest.mark.parametrize("messages", [(ASK,), (SYSTEM, ASK), (SYSTEM, ASK, ANSWER, AGAIN)])
def test_a_prompt_is_what_the_template_renders(messages: tuple[Message, ...]) -> None:
    chat = _chat()
    assert chat.prompt_ids(messages) == _rendered(chat, *messages)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("answer", ["7", "", "seven\n", "it is <b>7</b>"])
def test_prompt_answer_and_reply_are_what_the_template_renders_of_the_whole(closed: bool, answer: str) -> None:
    chat = _chat()
    end = chat.stop_ids[:1]
    written = _ids(chat, answer) + (end if closed else ())
    whole = chat.prompt_ids([SYSTEM, ASK]) + written + chat.reply_ids([AGAIN], closed=closed)
    assert whole == _rendered(chat, SYSTEM, ASK, Message(role="assistant", content=answer), AGAIN)


def test_a_transcript_of_three_turns_is_what_the_template_renders() -> None:
    chat = _chat()
    transcript = Transcript([Piece(origin=Origin.PROMPT, token_ids=chat.prompt_ids([ASK]))])
    messages = [ASK]
    for turn, closed in enumerate((True, False, True)):
        ids = _ids(chat, f"answer {turn}") + (chat.stop_ids[:1] if closed else ())
        spans = (VersionSpan(version=0, start=0, end=len(ids)),)
        reason = FinishReason.STOP if closed else FinishReason.LENGTH
        done = Completion(token_ids=ids, logprobs=(-1.0,) * len(ids), finish_reason=reason, versions=spans)
        transcript.append_policy(done)
        transcript.append_observation(chat.reply_ids([AGAIN], closed=closed), is_closed=closed)
        messages += [Message(role="assistant", content=f"answer {turn}"), AGAIN]
    assert transcript.prompt() == _rendered(chat, *messages)
    assert [chat.text(piece.token_ids) for piece in transcript.pieces[1::2]] == ["answer 0", "answer 1", "answer 2"]


def test_a_message_that_holds_our_mark_is_read_whole() -> None:
    chat = _chat()
    marked = Message(role="user", content="before \u2042palestra\u2042 after")
    assert "before" in chat.tokenizer.decode(list(chat.reply_ids([marked], closed=True)))


def test_stop_ids_are_the_end_of_text_and_the_end_of_a_turn() -> None:
    chat = _chat()
    assert chat.stop_ids == (chat.tokenizer.eos_token_id,)
    # A model whose text ends with another token than its turns: both stop it.
    turns = _chat(eos_token="<|pad|>")
    turns.tokenizer.add_special_tokens({"additional_special_tokens": ["<|end|>"]})
    assert [turns.tokenizer.convert_ids_to_tokens(i) for i in turns.stop_ids] == ["<|pad|>", "<|end|>"]


def test_without_any_end_token_there_is_no_chat() -> None:
    with pytest.raises(ModelError, match=r"no end-of-sequence token(.|\n)*hint: "):
        _ = _chat(None, eos_token=None).stop_ids


def test_without_a_template_messages_are_lines() -> None:
    chat = _chat(None)
    assert chat.prompt_ids([SYSTEM, ASK]) == _ids(chat, "system: You add.\nuser: 3 + 4?\nassistant:")
    assert chat.reply_ids([AGAIN], closed=True) == _ids(chat, "\nuser: Once more.\nassistant:")
    assert chat.stop_ids == (chat.tokenizer.eos_token_id,)


@pytest.mark.parametrize("content", ["\ud800 lone", "tail \udfff", "\x00\x07\u202e", "x" * 100_000, ""])
def test_any_text_can_be_asked(content: str) -> None:
    chat = _chat()
    ids = chat.prompt_ids([Message(role="user", content=content)])
    assert ids and chat.reply_ids([Message(role="user", content=content)], closed=False)
    assert len(ids) >= len(content)


def test_any_ids_that_the_model_can_sample_have_a_text_without_special_tokens() -> None:
    chat = _chat()
    assert chat.text([*_ids(chat, "3 + 4 = 7"), *chat.stop_ids]) == "3 + 4 = 7"
    assert isinstance(chat.text(range(260)), str)  # half characters, and an id that the tokenizer does not know
    assert chat.text([]) == ""
    assert chat.text(_ids(chat, "a , b  .")) == "a , b  .", "spaces stay as they were written"
