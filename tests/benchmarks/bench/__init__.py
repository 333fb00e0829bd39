"""xtl beside its peers on this machine's CPU: what ``make bench`` runs."""
