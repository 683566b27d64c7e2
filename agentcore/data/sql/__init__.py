"""SQL that only reads: databases behind one Protocol, and the agent that asks them.

What belongs here checks and runs queries that a model wrote, and turns questions into queries. It
may import the values of `agentcore.data`, ``agents`` and what is below. DuckDB, SQLAlchemy and
sqlglot are of the extra ``data``, and are imported when a database is first used.
"""
