r"""The data sets that come ready: where each is on the hub, and its map of columns.

Every option may be overridden, `path` above all: a file or folder with the same columns does as well. `verifier`
and `reference` may name columns that a `prepare` function adds.
"""

from __future__ import annotations

from palestra.envs.datasets.choice_rows import gpqa
from palestra.envs.datasets.code_rows import any_code, competition, human_eval, live_code_bench, mbpp
from palestra.envs.datasets.config import DatasetConfig
from palestra.envs.datasets.named_rows import ifeval, scp116k, tulu3
from palestra.envs.datasets.source import DataSet

_HUB = "https://huggingface.co/datasets/"
_BOXED = "\nPut the final answer in \\boxed{}."
_NUMBER = "\nWrite the final answer, a number, on the last line behind `####`."
_CODE = "{task}\n\n{how}"

Dataset = DataSet(id="palestra/Dataset-v1")

GSM8K = DataSet(
    id="palestra/GSM8K-v1",
    defaults=DatasetConfig(
        path="openai/gsm8k", name="main", prompt="{question}" + _NUMBER, reference="answer", verifier="last-number"
    ),
    url=_HUB + "openai/gsm8k",
)

MATH = DataSet(
    id="palestra/MATH-v1",
    defaults=DatasetConfig(
        path="DigitalLearningGmbH/MATH-lighteval",
        prompt="{problem}" + _BOXED,
        reference="answer|solution",
        verifier="math",
        meta="level,type",
    ),
    url=_HUB + "DigitalLearningGmbH/MATH-lighteval",
)

MATH500 = DataSet(
    id="palestra/MATH500-v1",
    defaults=DatasetConfig(
        path="HuggingFaceH4/MATH-500",
        prompt="{problem}" + _BOXED,
        reference="answer",
        splits="test",
        meta="level,subject",
    ),
    url=_HUB + "HuggingFaceH4/MATH-500",
)

AIME = DataSet(
    id="palestra/AIME-v1",
    defaults=DatasetConfig(
        path="HuggingFaceH4/aime_2024",
        prompt="{problem|Problem|question|Question}" + _BOXED,
        reference="answer|Answer|expected_answer",
        splits="test",
    ),
    url=_HUB + "HuggingFaceH4/aime_2024",
)

GPQA = DataSet(
    id="palestra/GPQA-v1",
    defaults=DatasetConfig(
        path="Idavidrein/gpqa",
        name="gpqa_diamond",
        prompt="{question}\n\n{options}\nWrite the letter of the right option on the last line, as `Answer: A`.",
        reference="choice",
        answer="Answer: {letter}",
        verifier="choice",
        splits="test",
    ),
    prepare=gpqa,
    url=_HUB + "Idavidrein/gpqa",
)

DAPO17k = DataSet(
    id="palestra/DAPO17k-v1",
    defaults=DatasetConfig(
        path="BytedTsinghua-SIA/DAPO-Math-17k",
        prompt="prompt",
        reference="reward_model.ground_truth|solution|answer",
    ),
    url=_HUB + "BytedTsinghua-SIA/DAPO-Math-17k",
)

DeepScaleR = DataSet(
    id="palestra/DeepScaleR-v1",
    defaults=DatasetConfig(
        path="agentica-org/DeepScaleR-Preview-Dataset", prompt="{problem}" + _BOXED, reference="answer"
    ),
    url=_HUB + "agentica-org/DeepScaleR-Preview-Dataset",
)

BigMath = DataSet(
    id="palestra/BigMath-v1",
    defaults=DatasetConfig(
        path="SynthLabsAI/Big-Math-RL-Verified", prompt="{problem}" + _BOXED, reference="answer", meta="source"
    ),
    url=_HUB + "SynthLabsAI/Big-Math-RL-Verified",
)

SCP116K = DataSet(
    id="palestra/SCP116K-v1",
    defaults=DatasetConfig(path="EricLu/SCP-116K", prompt="{problem}" + _BOXED, reference="gold", meta="domain"),
    prepare=scp116k,
    url=_HUB + "EricLu/SCP-116K",
)

Tulu3RLVR = DataSet(
    id="palestra/Tulu3RLVR-v1",
    defaults=DatasetConfig(
        path="allenai/RLVR-GSM-MATH-IF-Mixed-Constraints",
        prompt="messages",
        reference="ground_truth",
        answer="answer",
        verifier="{verifier}",
        meta="dataset",
    ),
    prepare=tulu3,
    url=_HUB + "allenai/RLVR-GSM-MATH-IF-Mixed-Constraints",
)

IFEval = DataSet(
    id="palestra/IFEval-v1",
    defaults=DatasetConfig(
        path="google/IFEval", prompt="prompt", reference="demands", verifier="ifeval", splits="test"
    ),
    prepare=ifeval,
    url=_HUB + "google/IFEval",
)

HumanEval = DataSet(
    id="palestra/HumanEval-v1",
    defaults=DatasetConfig(
        path="package:human_eval/data/HumanEval.jsonl.gz",
        prompt="Complete this Python function. Put all of it into one ```python block.\n\n```python\n{prompt}\n```",
        answer="answer",
        verifier="code-checks",
        splits="test",
    ),
    prepare=human_eval,
    url=_HUB + "openai/openai_humaneval",
)

MBPP = DataSet(
    id="palestra/MBPP-v1",
    defaults=DatasetConfig(
        path="google-research-datasets/mbpp",
        name="full",
        prompt="{question}\nIt must pass these tests:\n{tests}\nPut the function into one ```python block.",
        answer="answer",
        verifier="code-checks",
    ),
    prepare=mbpp,
    url=_HUB + "google-research-datasets/mbpp",
)

APPS = DataSet(
    id="palestra/APPS-v1",
    defaults=DatasetConfig(
        path="hf://datasets/codeparrot/apps/train.jsonl",
        prompt=_CODE,
        answer="answer",
        verifier="{verifier}",
        meta="difficulty",
    ),
    prepare=competition,
    url=_HUB + "codeparrot/apps",
)

TACO = DataSet(
    id="palestra/TACO-v1",
    defaults=DatasetConfig(
        path="hf://datasets/BAAI/TACO/train/*.arrow",
        prompt=_CODE,
        answer="answer",
        verifier="{verifier}",
        meta="difficulty",
    ),
    prepare=competition,
    url=_HUB + "BAAI/TACO",
)

LiveCodeBench = DataSet(
    id="palestra/LiveCodeBench-v1",
    defaults=DatasetConfig(
        path="hf://datasets/livecodebench/code_generation_lite/test.jsonl",
        prompt=_CODE,
        answer="answer",
        verifier="{verifier}",
        splits="test",
        meta="difficulty,platform,contest_date",
    ),
    prepare=live_code_bench,
    url=_HUB + "livecodebench/code_generation_lite",
)

CodeRows = DataSet(
    id="palestra/CodeRows-v1",
    defaults=DatasetConfig(prompt=_CODE, answer="answer", verifier="{verifier}"),
    prepare=any_code,
    url=_HUB + "deepmind/code_contests",
)

READY = (
    Dataset,
    GSM8K,
    MATH,
    MATH500,
    AIME,
    GPQA,
    DAPO17k,
    DeepScaleR,
    BigMath,
    SCP116K,
    Tulu3RLVR,
    IFEval,
    HumanEval,
    MBPP,
    APPS,
    TACO,
    LiveCodeBench,
    CodeRows,
)
"""All of them, in the order of the table."""
