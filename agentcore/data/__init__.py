"""Data analysis: files as tables, agents that write code and SQL, answers with their rows.

What belongs here reads files into tables, and has the agents that answer questions about them. It
may import ``memory``, ``sandbox`` and what is below. Running code is the sandbox's; nothing here
runs what a model wrote in this process. It needs the extra ``data``; importing it does not.
"""

from agentcore.data.analysis.agent import AnalysisAgent
from agentcore.data.analysis.answer_stream import AnswerStream
from agentcore.data.analysis.facade import DataAnalysis
from agentcore.data.analysis.piece import Piece
from agentcore.data.answer import Answer, Step
from agentcore.data.code import CodeAgent, CodeAnalyst
from agentcore.data.report.writing import report_html, write_report
from agentcore.data.sql.agent import SQLAgent
from agentcore.data.sql.analyst import SQLAnalyst
from agentcore.data.sql.database import Database
from agentcore.data.sql.duckdb_database import DuckDBDatabase
from agentcore.data.sql.opening import open_database
from agentcore.data.sql.sqlalchemy_database import SQLAlchemyDatabase
from agentcore.data.sql.table_schema import ColumnSchema, TableSchema
from agentcore.data.table import Table
from agentcore.data.tables import Column, LoadedTable, load_tables, preview, profile

__all__ = [
    "AnalysisAgent",
    "Answer",
    "AnswerStream",
    "CodeAgent",
    "CodeAnalyst",
    "Column",
    "ColumnSchema",
    "DataAnalysis",
    "Database",
    "DuckDBDatabase",
    "LoadedTable",
    "Piece",
    "SQLAgent",
    "SQLAlchemyDatabase",
    "SQLAnalyst",
    "Step",
    "Table",
    "TableSchema",
    "load_tables",
    "open_database",
    "preview",
    "profile",
    "report_html",
    "write_report",
]
