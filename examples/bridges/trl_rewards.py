"""Train with TRL's GRPOTrainer on rows of `palestra envs export`, paid by our verifiers through one function.

    make bridges
    .venv-bridges/bin/python examples/bridges/trl_rewards.py

The model is a tiny random one, so that two steps take seconds; nothing is learnt in them.
"""

import tempfile
from pathlib import Path

import torch
from datasets import load_dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
from trl import GRPOConfig, GRPOTrainer

from palestra.cli import main
from palestra.envs.bridges_out import TaskVerifier
from palestra.verifiers.adapters import as_trl

letters = {chr(code): code for code in range(128)}
spelling = Tokenizer(models.WordLevel(letters, unk_token="~"))
spelling.pre_tokenizer = pre_tokenizers.Split("", "isolated")
tokenizer = PreTrainedTokenizerFast(tokenizer_object=spelling, unk_token="~", pad_token="\x00", eos_token="\x01")
tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
torch.manual_seed(0)
size = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
ends = {"eos_token_id": 1, "pad_token_id": 0, "num_key_value_heads": 1}
model = Qwen2ForCausalLM(Qwen2Config(vocab_size=len(letters), **size, **ends))

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "sums.jsonl"
    # The same from a terminal: palestra envs export palestra/ChainSum-v1 sums.jsonl --n 16 --to trl
    main(["envs", "export", "palestra/ChainSum-v1", str(file), "--n", "16", "--to", "trl"])
    trainer = GRPOTrainer(
        model=model,
        # One function for every environment of one response. By the column of references, with one verifier:
        # as_trl(verifier_of("palestra/ChainSum-v1"), reference="answer")
        reward_funcs=as_trl(TaskVerifier(), reference="task_id"),
        args=GRPOConfig(
            output_dir=folder,
            per_device_train_batch_size=4,
            num_generations=4,
            max_completion_length=4,
            max_steps=2,
            logging_steps=1,
            report_to="none",
            save_strategy="no",
            use_cpu=True,
            bf16=False,
            disable_tqdm=True,
        ),
        train_dataset=load_dataset("json", data_files=str(file), cache_dir=folder)["train"],
        processing_class=tokenizer,
    )
    trainer.train()

for row in trainer.state.log_history:
    if "reward" in row:
        print(f"step {row['step']}: reward {row['reward']}, masked {row['task/masked']}")
