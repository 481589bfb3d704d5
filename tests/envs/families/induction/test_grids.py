from palestra.envs.families.induction import grids
from palestra.envs.families.induction.arc_1d import Arc1D
from palestra.envs.families.induction.arc_grid import ArcGrid

GRID = ("100", "023")


def applied(family: type[Arc1D] | type[ArcGrid], name: str, value: object) -> object:
    for stage in family.grammar.stages:
        for operation in stage:
            if operation.name == name:
                return operation.apply(value)  # type: ignore[arg-type]
    raise LookupError(name)


def test_grids_are_turned_and_flipped() -> None:
    assert grids.turned(GRID) == ("01", "20", "30")
    assert grids.flipped(GRID) == ("001", "320")
    assert grids.transposed(GRID) == ("10", "02", "03")
    turned: grids.Grid = GRID
    for _ in range(4):
        turned = grids.turned(turned)
    assert turned == GRID
    assert applied(ArcGrid, "half-turn", GRID) == grids.turned(grids.turned(GRID))
    assert applied(ArcGrid, "quarter-turn-back", grids.turned(GRID)) == GRID


def test_cells_fall() -> None:
    assert grids.fallen_down(("10", "00", "02")) == ("00", "00", "12")
    assert grids.fallen_up(("00", "10", "02")) == ("12", "00", "00")
    assert grids.fallen_left(("0102",)) == ("1200",)
    assert grids.fallen_right(("1020",)) == ("0012",)


def test_content_changes() -> None:
    assert grids.cropped(("000", "012", "000")) == ("12",)
    assert grids.cropped(("12",)) is None
    assert grids.with_filled_holes(("0111", "0101", "0111")) == ("0111", "0181", "0111")
    assert grids.with_filled_holes(("101", "101", "111")) == ("101", "101", "111")
    assert grids.with_most_common(("112", "010")) == ("110", "010")
    assert grids.with_most_common(("12",)) is None
    assert grids.symmetric(("100", "023")) == ("101", "323")
    assert grids.with_rays(("0102",)) == ("0112",)
    assert grids.without_single_cells(("1103", "2003")) == ("1103", "0003")


def test_layouts() -> None:
    assert grids.enlarged(("12",)) == ("1122", "1122")
    assert grids.framed(("1",)) == ("555", "515", "555")
    assert grids.beside_its_mirror_image(("12",)) == ("1221",)
    assert applied(ArcGrid, "mirror-down", ("1", "2")) == ("1", "2", "2", "1")


def test_rows_are_moved_and_shaped() -> None:
    assert applied(Arc1D, "shift-2", "110000") == "001100"
    assert applied(Arc1D, "shift--1", "011000") == "110000"
    assert applied(Arc1D, "shift-1", "000001") is None
    assert applied(Arc1D, "fall-right", "102000") == "000012"
    assert applied(Arc1D, "fill-gaps-from-left", "010020") == "011120"
    assert applied(Arc1D, "fill-gaps-from-right", "010020") == "012220"
    assert applied(Arc1D, "hollow", "0111102222") == "0100102002"
    assert applied(Arc1D, "keep-longest", "011022203") == "000022200"
    assert applied(Arc1D, "keep-longest", "110220") is None
    assert applied(Arc1D, "thicken", "001002") == "011122"
    assert applied(Arc1D, "mark-first-cells", "011022") == "051052"
    assert applied(Arc1D, "drop-single-cells", "011020") == "011000"
    assert applied(Arc1D, "swap-1-2", "010200") == "020100"
