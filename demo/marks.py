"""The marks of brands: simple figures, in the square that `demo.shapes` draws in."""

from demo.shapes import Disc, Part, Shape

MARKS: tuple[Shape, ...] = (
    (Disc(0, 0.5, 0.4), Disc(0.13, 0.43, 0.31, 0.82)),  # a crescent
    (Disc(0, 0.5, 0.42, 0.0, stroke=0.05), Disc(0, 0.5, 0.27, 0.0, stroke=0.05), Disc(0, 0.5, 0.12)),
    (
        Part(((0, 0.08), (0.2, 0.24), (0.26, 0.46), (0.18, 0.72), (0, 0.92)), rounds=3),
        Part(((0, 0.2), (0, 0.92)), 0.82, whole=True, stroke=0.025),
    ),  # a leaf
    tuple(
        Part(((-0.42, y), (-0.21, y - 0.1), (0, y), (0.21, y + 0.1), (0.42, y)), whole=True, stroke=0.06, rounds=3)
        for y in (0.3, 0.5, 0.7)
    ),  # waves
    (
        Part(((0, 0.1), (0.22, 0.16), (0.32, 0.4), (0.32, 0.9), (0, 0.9)), rounds=1),
        Part(((0, 0.36), (0.12, 0.4), (0.15, 0.52), (0.15, 0.92), (0, 0.92)), 0.82, rounds=1),
    ),  # an arch
    (
        Part(((0, 0.08), (0.42, 0.5), (0, 0.92)), rounds=0),
        Part(((0, 0.3), (0.2, 0.5), (0, 0.7)), 0.82, rounds=0),
    ),  # a diamond
    (*(Disc(x, y, 0.19) for x, y in ((0, 0.27), (0.22, 0.5), (0, 0.73), (-0.22, 0.5))), Disc(0, 0.5, 0.09, 0.82)),  # a flower
)  # fmt: skip
