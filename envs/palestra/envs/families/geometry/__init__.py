"""Geometry: angles, lengths, areas, volumes and coordinates, exactly."""

from palestra.envs.row import row

ROWS = (
    row("geometry.polygon_angles:PolygonAngles", "Find an angle of a triangle or polygon.", "corners and kinds"),
    row("geometry.right_triangles:RightTriangles", "Find the last side of a chain of right triangles.", "triangles"),
    row("geometry.circle_measures:CircleMeasures", "Find a length or an area of round figures.", "kinds, parts, sizes"),
    row("geometry.coordinate_geometry:CoordinateGeometry", "Answer a question on points and lines.", "kinds and sizes"),
    row("geometry.polygon_area:PolygonArea", "Find the area of a polygon by its corners.", "corners and coordinates"),
    row("geometry.solid_volumes:SolidVolumes", "Find the volume of combined solids.", "parts, kinds and sizes"),
    row("geometry.transformations:Transformations", "Follow a point through motions of the plane.", "steps and kinds"),
    row("geometry.triangle_centers:TriangleCenters", "Find a center of a triangle.", "kinds and coordinates"),
)
