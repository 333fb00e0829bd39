"""Scripts of a project that is not xtl's; they are copied out and run where only the wheel is installed."""
