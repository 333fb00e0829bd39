"""xtl beside its peers on a CPU: ``python -m tests.benchmarks --help``."""

from tests.benchmarks.bench.command import main

if __name__ == "__main__":
    raise SystemExit(main())
