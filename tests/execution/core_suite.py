"""graphql-core's own tests of execution pass with the compiled executor as they do with the reference one.

`python -m tests.execution.core_suite` runs in CI; `make test` does not, since it downloads the source distribution.
"""

import os
import re
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
WANTED = f"graphql-core=={version('graphql-core')}"
KNOWN = {
    # All root fields are resolved before any of them is completed, so here others run although one is null already.
    "handles_sync_errors_combined_with_async_ones",
    "handles_sync_errors_combined_with_async_ones_in_async_context",
    # Of several errors of which one takes the others' place, the first to be there differs by a turn of the loop.
    "nullable_and_non_nullable_root_fields_throw_nested_errors",
    "slower_nullable_after_non_nullable_root_field",
    "describe_nulls_first_nullable_after_long_chain_of_non_null_fields::returns_null",
    "describe_nulls_first_nullable_after_long_chain_of_non_null_fields::throws",
    # `Early` gives an awaitable once it has seen one; these have seen one that nobody waits for.
    "keeps_waiting_when_tracked_work_is_followed_by_more_tracked_work",
    "waits_for_track_helper_usage_before_async_work_finished",
    "handles_iterator_errors_with_later_pending_awaitables",
    "handles_sync_errors_with_later_pending_awaitables",
}
HELPERS = ["pytest-describe>=3.2,<4", "pytest-timeout>=2.4,<3"]


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def suite(folder: Path, *options: str) -> dict[str, str]:
    """Run the suite, and give the outcome of each test."""
    environment = os.environ | {
        "PYTHONPATH": f"{folder / 'helpers'}{os.pathsep}{ROOT}",
        "SWAP_REPORT": str(folder / "swap.txt"),
    }
    command = [
        sys.executable, "-m", "pytest", "tests/execution", "tests/test_star_wars_query.py", "-c", "own.ini", "-rA",
        "-p", "no:xdist", "--tb=no", *options,
    ]  # fmt: skip
    source = next(one for one in folder.glob("graphql_core-*") if one.is_dir())
    (source / "own.ini").write_text("[pytest]\npython_classes = PyTest*\nasyncio_mode = strict\n")
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    found = re.findall(r"^(PASSED|FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    if not found:
        print(done.stdout[-3000:], done.stderr[-3000:])
    return {name: outcome for outcome, name in found}


def main() -> int:
    with TemporaryDirectory() as name:
        folder = Path(name)
        pip("download", "--no-deps", "--no-binary", "graphql-core", WANTED, "-d", str(folder))
        with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
            archive.extractall(folder, filter="data")
        pip("install", "--no-deps", "--target", str(folder / "helpers"), *HELPERS)
        copy(Path(__file__).with_name("core_swap.py"), folder / "helpers")
        reference, swapped = suite(folder), suite(folder, "-p", "core_swap")
        passed = {test for test, outcome in reference.items() if outcome == "PASSED"}
        lost = sorted(passed - {test for test, outcome in swapped.items() if outcome == "PASSED"})
        report = (folder / "swap.txt").read_text() if (folder / "swap.txt").exists() else "0 nothing"
        print(f"{len(passed)} tests pass with the reference executor, {len(passed) - len(lost)} of them with ours.")
        print(report)
        worse = [test for test in lost if not any(test.endswith(f"::{one}") for one in KNOWN)]
        print("\n".join(f"worse: {test}" for test in worse))
        ran = re.search(r"^(\d+) compiled$", report, re.MULTILINE)
        return 0 if len(passed) > 500 and not worse and ran and int(ran[1]) > 100 else 1


if __name__ == "__main__":
    sys.exit(main())
