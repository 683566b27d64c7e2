"""Tables: reading files as people have them, and describing what they have.

What belongs here turns a file into rows with named columns, and says what it assumed. It may import
the values of ``data``, and what is below it. Nothing here asks a model.
"""

from agentcore.data.tables.describing import preview, profile
from agentcore.data.tables.file_kinds import is_table_file
from agentcore.data.tables.loaded_table import Column, LoadedTable
from agentcore.data.tables.loading import load_tables

__all__ = ["Column", "LoadedTable", "is_table_file", "load_tables", "preview", "profile"]
