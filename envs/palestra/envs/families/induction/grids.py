"""Transformations of small grids; a grid is a tuple of rows of digits, and 0 is blank."""

from __future__ import annotations

from collections import Counter

Grid = tuple[str, ...]


def transposed(grid: Grid) -> Grid:
    """Rows become columns."""
    return tuple(map("".join, zip(*grid, strict=True)))


def flipped(grid: Grid) -> Grid:
    """Left becomes right."""
    return tuple(row[::-1] for row in grid)


def turned(grid: Grid) -> Grid:
    """A quarter turn clockwise."""
    return transposed(grid[::-1])


def fallen_left(grid: Grid) -> Grid:
    """The coloured cells of each row move to its left end."""
    width = len(grid[0])
    return tuple(row.replace("0", "").ljust(width, "0") for row in grid)


def fallen_right(grid: Grid) -> Grid:
    """The coloured cells of each row move to its right end."""
    width = len(grid[0])
    return tuple(row.replace("0", "").rjust(width, "0") for row in grid)


def fallen_down(grid: Grid) -> Grid:
    """The coloured cells of each column move to its lower end."""
    return transposed(fallen_right(transposed(grid)))


def fallen_up(grid: Grid) -> Grid:
    """The coloured cells of each column move to its upper end."""
    return transposed(fallen_left(transposed(grid)))


def cropped(grid: Grid) -> Grid | None:
    """The smallest rectangle with all coloured cells; None where that is nothing, or everything."""
    rows = [i for i, row in enumerate(grid) if row.strip("0")]
    if not rows:
        return None
    some = grid[rows[0] : rows[-1] + 1]
    left = min(len(row) - len(row.lstrip("0")) for row in some)
    right = max(len(row.rstrip("0")) for row in some)
    return tuple(row[left:right] for row in some) if (left, right, some) != (0, len(grid[0]), grid) else None


def with_filled_holes(grid: Grid) -> Grid:
    """Blank cells from which no way of blank cells leads to the border, side by side, become 8."""
    width = len(grid[0]) + 2
    cells = list("0" * width + "".join(f"0{row}0" for row in grid) + "0" * width)
    todo = [0]
    while todo:
        place = todo.pop()
        for near in (place - 1, place + 1, place - width, place + width):
            if 0 <= near < len(cells) and cells[near] == "0":
                cells[near] = "x"
                todo.append(near)
    text = "".join(cells).replace("0", "8").replace("x", "0")
    return tuple(text[i * width + 1 : (i + 1) * width - 1] for i in range(1, len(grid) + 1))


def with_most_common(grid: Grid) -> Grid | None:
    """Only the cells of the most common colour; None where two are most common."""
    counts = Counter("".join(grid).replace("0", "")).most_common(2)
    if len(counts) < 2 or counts[0][1] == counts[1][1]:
        return None
    colour = counts[0][0]
    return tuple("".join(cell if cell == colour else "0" for cell in row) for row in grid)


def symmetric(grid: Grid) -> Grid:
    """Each blank cell takes the colour of its mirror image to the left or right."""
    return tuple("".join(a if a != "0" else b for a, b in zip(row, row[::-1], strict=True)) for row in grid)


def with_rays(grid: Grid) -> Grid:
    """Each blank cell takes the next colour on its left."""
    rows = []
    for row in grid:
        colour, cells = "0", ""
        for cell in row:
            colour = cell if cell != "0" else colour
            cells += colour
        rows.append(cells)
    return tuple(rows)


def without_single_cells(grid: Grid) -> Grid:
    """Cells without a neighbour of their colour, side by side, become blank."""
    columns = transposed(grid)

    def stays(i: int, j: int, cell: str) -> bool:
        row, column = grid[i], columns[j]
        return cell in row[max(0, j - 1) : j] + row[j + 1 : j + 2] + column[max(0, i - 1) : i] + column[i + 1 : i + 2]

    return tuple("".join(c if stays(i, j, c) else "0" for j, c in enumerate(row)) for i, row in enumerate(grid))


def beside_itself(grid: Grid) -> Grid:
    """Twice, side by side."""
    return tuple(row + row for row in grid)


def beside_its_mirror_image(grid: Grid) -> Grid:
    """With its mirror image to the right."""
    return tuple(row + row[::-1] for row in grid)


def enlarged(grid: Grid) -> Grid:
    """Each cell becomes a square of four."""
    return tuple(wide for row in grid for wide in ["".join(cell + cell for cell in row)] * 2)


def framed(grid: Grid) -> Grid:
    """With a frame of 5 around it."""
    edge = "5" * (len(grid[0]) + 2)
    return (edge, *(f"5{row}5" for row in grid), edge)
