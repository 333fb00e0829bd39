"""Clusters: a job of Slurm for each cell, ``hydra/launcher=submitit_slurm``, or one here, ``submitit_local``.

What is asked of the cluster follows from the cell's ``trainer`` and is pure; submitit submits the jobs, one
task a node, and puts them back into the queue when they are preempted; a task runs the cell from its config
file. How it ended stands in the run folder, whichever process knew it.
"""
