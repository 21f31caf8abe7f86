"""`python -m tests.bench`: every figure in a process of its own, a table at the end. Nothing here fails for being slow.

Figures joined by a plus (`pages+key_to_paint`) share a process, its database and the workspace in it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import fields, replace
from pathlib import Path

from tests.bench.figure import Figure, Options, markdown
from tests.bench.surroundings import own_database, peak_memory_mib, set_up_django

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ON_POSTGRES = "_postgres"  # the figure of the module before it, on PostgreSQL
FIGURES = (
    "import_ncedc", "import_nz", "csv_picks", "csv_picks_postgres", "quakeml_picks",
    "windows", "bucket_windows", "archive_windows", "export_windows", "downsampling",
    "training_steps", "scored_traces", "pages+key_to_paint", "pages+key_to_paint_postgres", "frames", "batches",
)  # fmt: skip


def main() -> int:
    arguments = _arguments()
    options = Options(
        n_picks=arguments.picks,
        n_events=arguments.events,
        n_windows=arguments.windows,
        n_exported=arguments.exported,
        n_flags=arguments.flags,
        n_decisions=arguments.decisions,
        n_threads=arguments.threads,
        shared_data=_shared_data(),
        postgres=arguments.postgres,
    )
    if arguments.child:
        return _measure(arguments.child, options, Path(arguments.result))
    figures, failed = [], []
    for name in arguments.only or [name for name in FIGURES if _can_be_measured(name, options)]:
        print(f"→ {name}", file=sys.stderr, flush=True)
        measured = _in_own_process(name, options)
        figures += measured
        if not measured:
            failed.append(name)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    machine = {"cpus": os.cpu_count(), "load": load, "python": platform.python_version(), "machine": platform.platform()}
    print(markdown(figures))
    print(f"\n{machine['cpus']} CPUs, load at the end {load} (1, 5, 15 minutes), Python {machine['python']}, {machine['machine']}")
    result = {"machine": machine, "options": {**options.to_dict(), "shared_data": bool(options.shared_data)}}
    text = json.dumps({**result, "figures": [figure.to_dict() for figure in figures]}, indent=1)
    if arguments.json:
        Path(arguments.json).write_text(text + "\n")
    else:
        print(f"\n{text}")
    if failed:
        print(f"Not measured: {', '.join(failed)}; the reason stands above.", file=sys.stderr)
    return 1 if failed else 0


def _can_be_measured(name: str, options: Options) -> bool:
    """Without the real sets one generated network stands for both; without a server of PostgreSQL its figures are left out."""
    return bool((options.shared_data or name != "import_nz") and (options.postgres or not name.endswith(ON_POSTGRES)))


def _arguments() -> argparse.Namespace:
    defaults = Options()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures what `make bench` prints.")
    parser.add_argument("only", nargs="*", metavar="FIGURE", help="figures to measure, several of one workspace joined by + (default: all)")
    parser.add_argument("--picks", type=int, default=defaults.n_picks, help="rows of the CSV (default: %(default)s)")
    parser.add_argument("--events", type=int, default=defaults.n_events, help="events of the QuakeML, 10 picks each (default: %(default)s)")
    parser.add_argument("--postgres", default="", metavar="URL", help="a server of PostgreSQL where a database may be made and dropped")
    parser.add_argument("--windows", type=int, default=defaults.n_windows, help="random windows to read (default: %(default)s)")
    parser.add_argument("--exported", type=int, default=defaults.n_exported, help="windows to export (default: %(default)s)")
    parser.add_argument("--flags", type=int, default=defaults.n_flags, help="picks of the workspace under review (default: %(default)s)")
    parser.add_argument("--decisions", type=int, default=defaults.n_decisions, help="decisions by keyboard (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=defaults.n_threads, help="threads of PyTorch (default: %(default)s)")
    parser.add_argument("--json", help="write the figures to this file instead of printing them")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--result", help=argparse.SUPPRESS)
    return parser.parse_args()


def _shared_data() -> str:
    promised = os.environ.get("REPICK_SHARED_DATA")
    folder = Path(promised) if promised else REPOSITORY.parent / "shared" / "data"
    return str(folder) if (folder / "README.md").exists() else ""


def _in_own_process(name: str, options: Options) -> list[Figure]:
    """A figure's lines; none where its process failed, which has said why by then."""
    with tempfile.TemporaryDirectory(prefix="repick-bench-") as folder:
        result = Path(folder) / "result.json"
        asked = [
            "--picks",
            options.n_picks,
            "--events",
            options.n_events,
            "--postgres",
            options.postgres,
            "--windows",
            options.n_windows,
            "--exported",
            options.n_exported,
            "--flags",
            options.n_flags,
            "--decisions",
            options.n_decisions,
            "--threads",
            options.n_threads,
        ]
        command = [sys.executable, "-m", "tests.bench", "--child", name, "--result", str(result), *map(str, asked)]
        threads = {name: str(options.n_threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        ended = subprocess.run(command, cwd=REPOSITORY, env={**os.environ, **threads, "TMPDIR": folder}, check=False)
        if ended.returncode or not result.exists():
            return []
        known = {field.name for field in fields(Figure)}
        return [Figure(**{key: value for key, value in row.items() if key in known}) for row in json.loads(result.read_text())]


def _measure(name: str, options: Options, result: Path) -> int:
    on_postgres = name.endswith(ON_POSTGRES)
    with tempfile.TemporaryDirectory() as folder, own_database(options.postgres) if on_postgres else nullcontext("") as database_url:
        set_up_django(Path(folder) / "data", database_url)
        modules = [importlib.import_module(f"tests.bench.{one}") for one in name.removesuffix(ON_POSTGRES).split("+")]
        resting = peak_memory_mib()
        figures = [figure for module in modules for figure in module.measure(options, Path(folder))]
        peak = peak_memory_mib()
        told = [replace(figure, peak_mib=figure.peak_mib or peak, resting_mib=figure.resting_mib or resting) for figure in figures]
        result.write_text(json.dumps([figure.to_dict() for figure in told]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
