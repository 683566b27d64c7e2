"""Data analysis: files as tables, agents that write code and SQL, answers with their rows.

What belongs here reads files into tables, and has the agents that answer questions about them. It
may import ``memory``, ``sandbox`` and what is below. Running code is the sandbox's; nothing here
runs what a model wrote in this process. It needs the extra ``data``; importing it does not.
"""

from agentcore.data.answer import Answer, Step
from agentcore.data.sql.agent import SQLAgent
from agentcore.data.sql.analyst import SQLAnalyst
from agentcore.data.sql.database import Database
from agentcore.data.sql.duckdb_database import DuckDBDatabase
from agentcore.data.sql.opening import open_database
from agentcore.data.sql.sqlalchemy_database import SQLAlchemyDatabase
from agentcore.data.sql.table_schema import ColumnSchema, TableSchema
from agentcore.data.table import Table

__all__ = [
    "Answer",
    "ColumnSchema",
    "Database",
    "DuckDBDatabase",
    "SQLAgent",
    "SQLAlchemyDatabase",
    "SQLAnalyst",
    "Step",
    "Table",
    "TableSchema",
    "open_database",
]
