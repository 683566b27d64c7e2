"""Data analysis: files as tables, agents that write code and SQL, answers with their rows.

What belongs here reads files into tables, and has the agents that answer questions about them. It
may import ``memory``, ``sandbox`` and what is below. Running code is the sandbox's; nothing here
runs what a model wrote in this process. It needs the extra ``data``; importing it does not.
"""

from agentcore.data.answer import Answer, Step
from agentcore.data.report.writing import report_html, write_report
from agentcore.data.table import Table

__all__ = ["Answer", "Step", "Table", "report_html", "write_report"]
