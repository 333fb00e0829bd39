"""The tasks: each draws a plan, which knows no language, and then says it in a language."""
