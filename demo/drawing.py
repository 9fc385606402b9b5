"""Drawing the images of products with Pillow: a thing in its color before a soft background, always the same."""

from collections.abc import Callable
from hashlib import blake2b
from io import BytesIO

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

from demo.images import COLOR_OF, MARK, Picture
from demo.marks import MARKS
from demo.shapes import SHAPES, Disc, Part, Points, Shape

FINER = 2
"""Things are drawn that much larger and then reduced, so that their edges are smooth."""
QUALITY = 82
WALLS = ("#f4efe8", "#eef0ee", "#f3ebe6", "#ecebf0", "#f1eee4")
DARK, LIGHT = "#181614", "#ffffff"
Color = tuple[int, int, int]


def draw(picture: Picture) -> bytes:
    """Draw an image as WebP."""
    traits = blake2b(f"{picture.slug} {picture.color}".encode(), digest_size=4).digest()
    color = _rgb(COLOR_OF[picture.color])
    wall = _rgb(WALLS[traits[0] % len(WALLS)])
    if picture.form == MARK:
        canvas = Image.new("RGB", picture.size, wall)
        side = picture.width * 0.7
        _draw_parts(
            canvas,
            MARKS[traits[3] % len(MARKS)],
            color,
            lambda x, y: (picture.width / 2 + x * side, (y + 0.21) * side),
            side,
        )
    else:
        canvas = _background(picture.size, color, wall)
        _draw_thing(canvas, picture, color, traits)
    file = BytesIO()
    canvas.save(file, "WEBP", quality=QUALITY, method=2)
    return file.getvalue()


def _background(size: tuple[int, int], color: Color, wall: Color) -> Image.Image:
    """A wall with a tint of the color, lighter above, and a floor."""
    above, below = mix(wall, color, 0.08), mix(wall, color, 0.24)
    if _brightness(color) > 0.8:  # or it would hardly be seen
        above, below = mix(above, _rgb("#a8927a"), 0.3), mix(below, _rgb("#a8927a"), 0.45)
    gradient = Image.linear_gradient("L").resize(size)
    canvas = Image.composite(Image.new("RGB", size, below), Image.new("RGB", size, above), gradient)
    floor = round(size[1] * 0.84)
    ImageDraw.Draw(canvas).rectangle((0, floor, *size), fill=mix(below, _rgb(DARK), 0.07))
    return canvas


def _draw_thing(canvas: Image.Image, picture: Picture, color: Color, traits: bytes) -> None:
    width, height = canvas.size
    is_close, is_aside = picture.shot % 3 == 1, picture.shot % 3 == 2
    side = (
        min(width * 0.9, height * 0.7)
        * (0.96 + traits[1] / 255 * 0.08)
        * (1.45 if is_close else 0.82 if is_aside else 1)
    )
    left = width * (0.5 + ((traits[2] / 255 - 0.5) * 0.04) + (0.1 if is_close else -0.08 if is_aside else 0))
    bottom = max(y for part in SHAPES[picture.form] for y in _lowest(part))
    top = height * (0.93 if is_close else 0.89) - side * bottom
    _draw_shadow(canvas, left, top + side * (bottom - 0.02), side)
    _shade(
        canvas,
        _draw_parts(
            canvas,
            SHAPES[picture.form],
            color,
            lambda x, y: (left + (-x if is_aside else x) * side, top + y * side),
            side,
        ),
    )


def _draw_parts(
    canvas: Image.Image, parts: Shape, color: Color, place: Callable[[float, float], tuple[float, float]], side: float
) -> Image.Image:
    """Draw the parts of a thing on a canvas; gives where they are."""
    thing = Image.new("RGB", (canvas.width * FINER, canvas.height * FINER), color)
    mask = Image.new("L", thing.size)
    scale = side * FINER

    def placed(points: Points) -> list[tuple[float, float]]:
        return [(x * FINER, y * FINER) for x, y in (place(*point) for point in points)]

    for part in parts:
        tone = mix(color, _rgb(LIGHT if part.tone > 0 else DARK), abs(part.tone))
        for surface, fill in ((thing, tone), (mask, 255)):
            pen, line = ImageDraw.Draw(surface), max(1, round(part.stroke * scale))
            if isinstance(part, Disc):
                ((x, y),), radius = placed(((part.x, part.y),)), part.radius * scale
                box = x - radius, y - radius, x + radius, y + radius
                pen.ellipse(box, fill=None if part.stroke else fill, outline=fill, width=line)
            elif part.stroke:
                pen.line(placed(rounded(part)), fill=fill, width=line, joint="curve")
            else:
                pen.polygon(placed(rounded(part)), fill=fill)
    smooth = mask.reduce(FINER)
    canvas.paste(thing.reduce(FINER), mask=smooth)
    return smooth


def _lowest(part: Part | Disc) -> list[float]:
    return [part.y + part.radius] if isinstance(part, Disc) else [y for _, y in part.points]


def _draw_shadow(canvas: Image.Image, x: float, y: float, side: float) -> None:
    """Draw what the thing casts on the floor; in a smaller image, since blurring is slow."""
    scale = max(1, canvas.width // 160)
    small = Image.new("L", (canvas.width // scale, canvas.height // scale))
    box = tuple(value / scale for value in (x - side * 0.42, y - side * 0.035, x + side * 0.42, y + side * 0.05))
    ImageDraw.Draw(small).ellipse(box, fill=80)
    shadow = small.filter(ImageFilter.GaussianBlur(small.width / 40)).resize(canvas.size)
    canvas.paste(_rgb(DARK), mask=shadow)


def _shade(canvas: Image.Image, mask: Image.Image) -> None:
    """Let light fall on the thing from the left."""
    across = Image.linear_gradient("L").rotate(90).resize(canvas.size)
    for color, light in ((DARK, across), (LIGHT, ImageChops.invert(across))):
        weak = light.point(lambda value: max(0, value - 90) // 4)
        canvas.paste(_rgb(color), mask=ImageChops.multiply(mask, weak))


def rounded(part: Part) -> Points:
    """Cut the corners of an outline, as Chaikin does; the ends of a line stay."""
    points, is_open = part.outline, bool(part.stroke)
    for _ in range(part.rounds if len(points) > 2 else 0):
        pairs = list(zip(points, points[1:] if is_open else points[1:] + points[:1], strict=False))
        cut = [point for one, other in pairs for point in (_between(one, other, 0.25), _between(one, other, 0.75))]
        points = (points[0], *cut, points[-1]) if is_open else tuple(cut)
    return points


def _between(one: tuple[float, float], other: tuple[float, float], share: float) -> tuple[float, float]:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def mix(color: Color, other: Color, share: float) -> Color:
    """Mix two colors."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(color, other, strict=True))
    return red, green, blue


def _brightness(color: Color) -> float:
    return (0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]) / 255


def _rgb(text: str) -> Color:
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue
