"""Rows and folders of public data sets as tasks: each loader is a function from a row to a `SweTask`."""

from collections.abc import Callable, Mapping

from palestra.envs.swe.loaders.columns import Row
from palestra.envs.swe.loaders.harbor import from_harbor_folder
from palestra.envs.swe.loaders.r2e import from_r2e
from palestra.envs.swe.loaders.swebench import from_swe_rebench, from_swebench, from_swegym
from palestra.envs.swe.loaders.swesmith import from_swesmith
from palestra.envs.swe.task import SweTask

LOADERS: Mapping[str, Callable[[Row], SweTask]] = {
    "palestra": SweTask.from_json,
    "swe-bench": from_swebench,
    "swe-gym": from_swegym,
    "swe-smith": from_swesmith,
    "swe-rebench": from_swe_rebench,
    "r2e-gym": from_r2e,
}
"""What the rows are like -> how one becomes a task. Folders of Harbor are read by `from_harbor_folder`."""

__all__ = [
    "LOADERS",
    "Row",
    "from_harbor_folder",
    "from_r2e",
    "from_swe_rebench",
    "from_swebench",
    "from_swegym",
    "from_swesmith",
]
