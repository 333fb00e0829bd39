"""The table of embeddings: the rows that the data use, and saved weights that have only some rows."""
