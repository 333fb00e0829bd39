"""Local: many cells at once on one machine, ``hydra/launcher=local``.

Slots are devices, or shares of the cores, that the machine has for cells; the schedule says which cell starts
next and is pure; the pool runs each as a process of its own from its config file, and the view shows them.
"""
