"""The tasks: each draws a plan, which knows no language, and then says it in a language.

One file for each kind of plan. May import the rest of pocket but not its grammars or lexicons: sentences come
from ``say`` alone.
"""
