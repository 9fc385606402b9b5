"""What became of an import: counts, and the first of the lines that were rejected."""

from dataclasses import dataclass, field

from ingestion.checking import Rejection
from ingestion.merging import Merged

SHOWN = 20
"""How many rejections, and how many repeated lines, a report names."""
MAX_SKUS = 1_000_000
"""How many SKUs are remembered, to tell which come again."""


@dataclass
class Report:
    """Counts of lines."""

    lines: int = 0
    new: int = 0
    changed: int = 0
    outdated: int = 0
    rejected: int = 0
    repeated: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)
    _skus: set[int] = field(default_factory=set)

    @property
    def unchanged(self) -> int:
        """Lines that were stored already."""
        return self.lines - self.new - self.changed - self.outdated - self.rejected

    def reject(self, rejection: Rejection) -> None:
        """Count a line that was not taken."""
        self.lines += 1
        self.rejected += 1
        if len(self.rejections) < SHOWN:
            self.rejections.append(rejection)

    def count(self, lines: int, merged: Merged) -> None:
        """Count the lines of a batch."""
        self.lines += lines
        self.new += len(merged.new)
        self.changed += len(merged.changed)
        self.outdated += len(merged.outdated)

    def note_sku(self, number: int, sku: str) -> None:
        """Count a line whose SKU an earlier line has."""
        key = hash(sku)
        if key in self._skus:
            self.repeated += 1
            if len(self.repeats) < SHOWN:
                self.repeats.append(number)
        elif len(self._skus) < MAX_SKUS:
            self._skus.add(key)

    def __str__(self) -> str:
        counts = ("new", "changed", "unchanged", "outdated", "rejected")
        sentences = [f"{self.lines:,} lines: " + ", ".join(f"{getattr(self, name):,} {name}" for name in counts)]
        if self.repeated:
            numbers = ", ".join(map(str, self.repeats)) + (", …" if self.repeated > len(self.repeats) else "")
            lines = "1 line has" if self.repeated == 1 else f"{self.repeated:,} lines have"
            sentences.append(f"{lines} the SKU of an earlier line, and the latest observation counts: line {numbers}")
        sentences += [f"line {line}: {reason}" for line, reason in self.rejections]
        if self.rejected > len(self.rejections):
            sentences.append(f"{self.rejected - len(self.rejections):,} more lines were rejected.")
        return "\n".join(sentences)
