"""Grids: mazes, maps, mirrors, lamps and letters on boards of cells."""

from palestra.envs.row import row

ROWS = (
    row("grids.maze:Maze", "Find a shortest way through a maze.", "size and walls"),
    row("grids.lights_out:LightsOut", "Switch off all lamps of a panel.", "lamps"),
    row("grids.knight_moves:KnightMoves", "Find a shortest path of a knight around blocked squares.", "size"),
    row("grids.visit_all:VisitAll", "Collect all stars of a map with the fewest steps.", "size and stars"),
    row("grids.flood_fill:FloodFill", "Pour paint on a cell and write the new grid.", "size"),
    row("grids.island_sizes:IslandSizes", "Find the sizes of all islands of a map.", "size"),
    row("grids.grid_path_count:GridPathCount", "Count the shortest paths past obstacles.", "size"),
    row("grids.robot_walk:RobotWalk", "Follow commands on a grid with walls.", "commands and size"),
    row("grids.mirror_laser:MirrorLaser", "Follow a beam of light over mirrors.", "size and reflections"),
    row("grids.word_search:WordSearch", "Find words in a grid of letters.", "size, words and directions"),
    row("grids.rectangle_count:RectangleCount", "Count all filled rectangles of a grid.", "size"),
    row("grids.shape_bounding_box:ShapeBoundingBox", "Find the bounding box of a shape.", "size and shapes"),
    row(
        "grids.modulo_grid:ModuloGrid",
        "Complete a table that follows a rule modulo a number.",
        "size and missing values",
    ),
    row("grids.spatial_relations:SpatialRelations", "Tell where one place lies from another.", "places and steps"),
)
