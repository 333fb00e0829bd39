"""``data=hub``: splits of repositories of the Hugging Face hub, fetched or from its cache, and their rows."""

from xtl.data.hub.errors import Address
from xtl.data.hub.rows import HubRows, HubTable, tables_of

__all__ = ["Address", "HubRows", "HubTable", "tables_of"]
