"""Plants bugs in a copy of the tree, one at a time, and shows that the suite catches each: `… planted [names]`.

Run now and then: `python -m tests.execution.planted`. A bug whose place has moved is reported; plant it anew.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
PATIENCE = 300
"""Seconds for a suite that takes one minute."""
BUGS = {
    "null is let through": ("completers.py", '            raise NotPlannable("null")', "            return None"),
    "null leaf is let through": ("selections.py", "nullable=not required)", "nullable=True)"),
    "int of any size": ("readers.py", " and -2147483648 <= {v} <= 2147483647", ""),
    "nan is a float": ("readers.py", " and {v} - {v} == 0.0", ""),
    "field name for alias": ("selections.py", 'f"{self.name!r}: {value}"', 'f"{info.name!r}: {value}"'),
    "@include is forgotten": ("plan_cache.py", 'not in {"skip", "include"}', 'not in {"skip"}'),
    "plans do not look at variables": ("plan_cache.py", "return (id(operation), *(values.get(name) for name in names))",
                                       "return (id(operation),)"),
    "a shared child, guard or not": ("selections.py", 'key if guard is None else f"{key} if {guard} else None"', "key"),
    "joined rows of other keys": ("levels.py", "edge.key, keys, rows)", "edge.key, keys[::-1], rows)"),
    "keys are mixed up": ("levels.py", "[found[key] for key in distinct]", "[found[key] for key in [*distinct][::-1]]"),
    "lists are reversed": ("completers.py", "return each(value, run)", "return each(value[::-1], run)"),
    "objects out of order": ("completers.py", "return [complete(value, run) for value in values]",
                             "return [complete(value, run) for value in values[::-1]]"),
    "arguments of another request": ("levels.py", "        for field in plan.prepared:\n            self._prepare(field, executor)",
                                     ("        kept = plan.__dict__.setdefault('kept', self)\n        if kept is not self:\n"
                                      "            self.resolve_infos, self.arguments = kept.resolve_infos, kept.arguments\n            return\n"
                                      "        for field in plan.prepared:\n            self._prepare(field, executor)")),
    "an error is forgotten": ("executor.py", "            if one.error:\n                one.complete_by_reference()", "            pass"),
    "exceptions are objects": ("selections.py", " or issubclass(of, Exception | UndefinedType)", ""),
    "guards are ignored": ("selections.py", "guard = condition(info.conditions)\n", "guard = None\n"),
    "any extension will do": ("strawberry_adapter.py", "if None in conditions:", "if False:"),
    "siblings of a failure are left running": ("async_resolvers.py", "if nulled_positions.covers(tasks[task]):", "if False:"),
    "a failure stops whoever shares its level": ("async_resolvers.py", "if nulled_positions.covers(tasks[task]):", "if True:"),
    "a stopped call gives null": ("async_resolvers.py", "if value is not CANCELLED:", "value = None if value is CANCELLED else value\n        if True:"),
    "a failure ends what nobody cancelled": ("async_resolvers.py", "            for task in waiting:\n                task.cancel()\n            await gather", "            await gather"),
    "a loader's failure is forgotten": ("levels.py", "return dict.fromkeys(keys, error)", "return dict.fromkeys(keys)"),
    "only the first place has an error": ("positions.py", "        elif value.__class__ is dict and id(value) not in self._empty:",
                                          ("        elif value.__class__ is dict and id(value) not in self._empty:\n"
                                           "            self._empty.add(id(value))")),
    "several fields take one place": ("recovery.py", "any(one.error for one in run.roots) or _entangled(found)", "any(one.error for one in run.roots)"),
    "errors of broken off recovery stay": ("executor.py", "            self.collected_errors = before\n", ""),
    "paths of shared objects are one": ("completers.py", "    except (NeedsPath, OperationStopped):\n", "    except OperationStopped:\n"),
    "mutations at once": ("executor.py", "self.operation.operation is OperationType.MUTATION\n", "False\n"),
    "enum by any name": ("readers.py", "            name: str = names[value]", "            name: str = str(value).upper()"),
    "every type is the first": ("plans.py", 'found = possible.get(cast("Any", resolve)(value, run.abstract, type_))',
                                "found = next(iter(possible.values()))"),
    "conditions need nothing": ("strawberry_adapter.py", "reads.items | looked_at, reads.same_source", "reads.items, reads.same_source"),
    "what passes on needs nothing": ("selections.py", "*(selection.reads for selection in self.below)", ""),
    "an edge needs no key": ("strawberry_adapter.py", "FieldReads(frozenset({plan.edge.key}))", "FieldReads()"),
    "each asks for itself": ("plans.py", "field.columns = columns", "field.columns = needed_columns(field.below)"),
    "nulls stay where they are": ("recovery.py", "at, raised = at.parent, located", "return at"),
    "the first failed is enough": ("recovery.py", "for position in failed\n", "for position in failed[:1]\n"),
    "arguments with variables are static": ("levels.py", "if field.constant and", "if"),
}  # fmt: skip


def main(wanted: list[str]) -> int:
    missed = []
    with TemporaryDirectory() as name:
        copy = Path(name) / "tree"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", "node_modules", ".venv", ".data", "dist"))
        for bug, (file, old, new) in BUGS.items():
            if wanted and bug not in wanted:
                continue
            path = copy / "execution" / file
            text = path.read_text()
            if old not in text:
                missed.append(bug)
                print("MOVED ", bug, flush=True)
                continue
            path.write_text(text.replace(old, new))
            command = [sys.executable, "-m", "pytest", "tests/execution", "-x", "-n", "2", "--tb=no", "-q",
                       f"--basetemp={name}/temp"]  # fmt: skip
            try:
                done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=PATIENCE)
                failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
            except subprocess.TimeoutExpired:
                failed = ["it waits for ever"]
            path.write_text(text)
            if not failed:
                missed.append(bug)
            print("CAUGHT" if failed else "MISSED", bug, failed[0][:110] if failed else "", flush=True)
    return len(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
