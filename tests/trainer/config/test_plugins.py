from __future__ import annotations

from pathlib import Path

import pytest

from palestra.trainer.config.reader import parse_config
from palestra.trainer.errors import ConfigError
from palestra.trainer.losses import ReinforceLoss

_RUN = 'steps = 1\nenv.id = "palestra/ChainSum-v1"\nmodel.path = "somewhere"\n'


def _install(folder: Path, group: str) -> None:
    """A package of somebody else, with one loss."""
    (folder / "tempered.py").write_text(
        "from dataclasses import dataclass\n"
        "from typing import ClassVar\n"
        "from palestra.trainer.losses import ReinforceLoss\n\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class TemperedLoss(ReinforceLoss):\n"
        "    kind: ClassVar[str] = 'tempered'\n"
        "    temper: float = 1.0\n"
    )
    metadata = folder / "tempered-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: tempered\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{group}]\ntempered = tempered:TemperedLoss\n")


def test_a_loss_of_an_installed_package_is_a_kind_like_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, "palestra.losses")
    monkeypatch.syspath_prepend(tmp_path)
    loss = parse_config(_RUN + '[loss]\nkind = "tempered"\ntemper = 2.0').loss
    assert isinstance(loss, ReinforceLoss)
    assert getattr(loss, "temper", None) == 2.0


def test_a_loss_is_no_kind_of_advantage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, "palestra.losses")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="tempered"):
        parse_config(_RUN + '[advantage]\nkind = "tempered"')


def test_an_advantage_that_hides_what_it_makes_of_a_correction_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quiet.py").write_text(
        "from dataclasses import dataclass\n"
        "from typing import ClassVar\n\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class Quiet:\n"
        "    kind: ClassVar[str] = 'quiet'\n"
        "    def __call__(self, groups):\n"
        "        return groups.rewards_PG.nan_to_num(0.0)\n"
    )
    metadata = tmp_path / "quiet-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: quiet\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[palestra.advantages]\nquiet = quiet:Quiet\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"`quiet`(.|\n)*hint: .*`normalisation`"):
        parse_config(_RUN + '[advantage]\nkind = "quiet"')
