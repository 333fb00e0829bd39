"""What a GPU makes of xtl: ``python -m tests.gpu --help``."""

from tests.benchmarks.gpu.command import main

if __name__ == "__main__":
    raise SystemExit(main())
