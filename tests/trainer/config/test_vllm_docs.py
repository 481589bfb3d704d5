"""What `docs/vllm.md` and `benchmarks/vllm_gpu.md` tell people to type is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from palestra.trainer.config.reader import read_config

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "docs" / "vllm.md", ROOT / "benchmarks" / "vllm_gpu.md"]
CLI = (ROOT / "docs" / "cli.md").read_text()


def _blocks(language: str) -> dict[str, str]:
    """The blocks of a language, by page and number."""
    fence = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    found = ((page.stem, *match.groups()) for page in PAGES for match in fence.finditer(page.read_text()))
    blocks = [(stem, block) for stem, of, block in found if of == language]
    return {f"{stem} {number}": block for number, (stem, block) in enumerate(blocks)}


CONFIGS, COMMANDS = _blocks("toml"), _blocks("")


@pytest.mark.parametrize("block", CONFIGS.values(), ids=CONFIGS)
def test_every_configuration_can_be_read(block: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(block)
    config = read_config(path, ())
    assert config.generator.kind == "vllm"


@pytest.mark.parametrize("block", COMMANDS.values(), ids=COMMANDS)
def test_every_option_of_our_commands_exists(block: str) -> None:
    for line in block.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if "palestra" not in words:
            continue
        words = words[words.index("palestra") + 1 :]
        section = _section(words[:2]) or _section(words[:1])
        assert section, f"no command `{words[0]}`"
        rest = words[1:]
        for option in (word.partition("=")[0] for word in rest if word.startswith("-")):
            known = rf"(?<![\w-]){re.escape(option)}(?![\w-])"
            assert re.search(known, section) or words[0] == "train", f"`palestra {words[0]}` has no {option}"


def _section(words: list[str]) -> str:
    return CLI.partition(f"## `palestra {' '.join(words)}`")[2].partition("\n## ")[0]
