"""A plot of bars, as SVG by hand: one group for each query, one bar for each server."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

COLORS = ("#d6336c", "#495057", "#adb5bd", "#dee2e6", "#1c7ed6", "#74b816", "#f59f00")
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 900, 380, 60, 70, 40
FONT = 'font-family="system-ui, sans-serif" font-size="12"'


def bars(
    title: str, groups: Sequence[str], series: Mapping[str, Sequence[float]], labels: Mapping[str, Sequence[str]]
) -> str:
    """Draw heights by series and group, each with a label on top."""
    most = max(max(values) for values in series.values()) * 1.08
    room = (WIDTH - LEFT) / len(groups)
    width = room * 0.86 / len(series)
    high = HEIGHT - TOP - BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" {FONT} font-weight="600" fill="#212529">{escape(title)}</text>',
        *_legend(list(series)),
        *_scale(most, high),
    ]
    for number, (name, values) in enumerate(series.items()):
        for group, value in enumerate(values):
            x, height = LEFT + group * room + room * 0.07 + number * width, high * value / most
            y = HEIGHT - BOTTOM - height
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width - 2:.1f}" height="{height:.1f}" fill="{COLORS[number]}"/>'
            )
            middle = x + width / 2 - 1
            parts.append(
                f'<text x="{middle:.1f}" y="{y - 4:.1f}" font-family="system-ui, sans-serif" font-size="9" text-anchor="middle" fill="#495057">{escape(labels[name][group])}</text>'
            )
    for group, name in enumerate(groups):
        middle = LEFT + (group + 0.5) * room
        parts.append(
            f'<text x="{middle:.1f}" y="{HEIGHT - 16}" {FONT} text-anchor="middle" fill="#212529">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], LEFT
    for number, name in enumerate(names):
        parts.append(f'<rect x="{x}" y="36" width="11" height="11" fill="{COLORS[number]}"/>')
        parts.append(f'<text x="{x + 16}" y="46" {FONT} fill="#212529">{escape(name)}</text>')
        x += 34 + round(6.4 * len(name))
    return parts


def _scale(most: float, high: float) -> list[str]:
    step = next(step for step in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100) if most / step <= 8)
    parts = []
    for number in range(int(most / step) + 1):
        y = HEIGHT - BOTTOM - high * number * step / most
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e9ecef"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" {FONT} text-anchor="end" fill="#868e96">{number * step:g}×</text>'  # noqa: RUF001
        )
    return parts
