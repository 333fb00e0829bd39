"""Tables that the report prints, and the same as CSV (full precision) and LaTeX (booktabs)."""
