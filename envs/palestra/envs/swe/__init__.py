"""Work on repositories: tasks, the agent's workspace, and the clean room that judges."""

from palestra.envs.row import Kind, Row

ROWS = (
    Row(
        id="palestra/SwePyPI-v1",
        group="swe",
        source="palestra.envs.swe.libraries:SwePyPI",
        summary="Bugs to mend in packages of the Python package index.",
        difficulty="deciding tests, files and distance of the edits; help in words",
        kind=Kind.SWE,
    ),
    Row(
        id="palestra/SweRows-v1",
        group="swe",
        source="palestra.envs.swe.libraries:SweRows",
        summary="Repository tasks of public data sets and of your own.",
        difficulty="as the rows are",
        kind=Kind.DATASET,
    ),
    Row(
        id="palestra/SweFailingTest-v1",
        group="swe",
        source="palestra.envs.swe.failing_test.source:SweFailingTest",
        summary="Tests to write that notice a bug in a package of the Python package index, and hidden ones besides.",
        difficulty="as the bugs are",
        kind=Kind.SWE,
    ),
)
