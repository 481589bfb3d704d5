"""Cognition: keeping track, finding, counting, and seeing with the mind's eye."""

from palestra.envs.row import row

ROWS = (
    row("cognition.cube_colors:CubeColors", "Tell the colours of a cube after turns.", "turns and faces"),
    row("cognition.rubiks_cube:RubiksCube", "Solve a Rubik's cube; any moves that do it are right.", "size and moves"),
    row("cognition.figlet_text:FigletText", "Read letters that are drawn with signs.", "letters and views"),
    row("cognition.needle_haystack:NeedleHaystack", "Find one person among many.", "sentences and hops"),
    row("cognition.count_objects:CountObjects", "Count things by kind.", "things, kinds and removals"),
    row("cognition.object_tracking:ObjectTracking", "Follow things that change hands.", "people and exchanges"),
    row("cognition.clock_reading:ClockReading", "Read a clock from the angles of its hands.", "changes of the clock"),
    row("cognition.clock_angle:ClockAngle", "Find the angle between the hands of a clock.", "dials and times"),
    row("cognition.mirror_text:MirrorText", "Read a text that was changed in stated ways.", "words and changes"),
    row("cognition.direction_sense:DirectionSense", "Tell where a way ends.", "orders and ways to walk"),
    row("cognition.dyck_completion:DyckCompletion", "Close all open brackets.", "brackets"),
    row("cognition.memory_update:MemoryUpdate", "Follow the changes of a table.", "entries and changes"),
)
