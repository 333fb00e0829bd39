"""Distributed: one cell on several devices.

Starting the processes of a cell and ending them together, and what a process says to the others. May import
:mod:`xtl.config` and what stands below it; knows no fit, no store, no run. Its README says how it works.
"""
