"""The commands: each composes a config, checks it and calls a phase."""

from xtl.threads import let_idle_threads_sleep

let_idle_threads_sleep()  # here, since every command passes through before it imports torch
