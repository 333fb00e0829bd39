"""``data=hub``: splits of repositories of the Hugging Face hub, fetched or from its cache, and their rows."""

from xtl.data.hub.rows import HubRows, HubTable

__all__ = ["HubRows", "HubTable"]
