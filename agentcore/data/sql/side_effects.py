"""Functions that do more than read, by name: what a query may not call in any dialect.

DuckDB and SQLite are opened so that such functions fail, and a transaction of PostgreSQL that only
reads stops most. This table is the guard before those, and the only one for what they let through:
functions that wait, read the server's files, reach other servers or end other sessions.
"""

from __future__ import annotations

from typing import Final

__all__ = ["does_more_than_read"]

_PREFIXES: Final = (
    "dblink", "dbms_", "duckdb_", "ducklake_", "lo_", "parquet_", "pg_", "pragma_", "read_", "sp_",
    "sqlite_", "utl_", "xp_",
)  # fmt: skip
_NAMES: Final = frozenset({
    "benchmark", "checkpoint", "currval", "cursor_to_xml", "database_to_xml", "fts3_tokenizer",
    "force_checkpoint", "get_lock", "getenv", "getvariable", "is_free_lock",
    "lastval", "load_extension", "load_file", "loread", "lowrite", "master_pos_wait",
    "next_value_for", "nextval", "openquery", "opendatasource", "openrowset", "query",
    "query_table", "query_to_xml", "query_to_xml_and_xmlschema", "query_to_xmlschema", "readfile",
    "release_all_locks", "release_lock", "schema_to_xml", "set_config", "setseed", "setval",
    "sleep", "sniff_csv", "sys_eval", "sys_exec", "table_to_xml", "txid_current", "waitfor",
    "write_log", "writefile",
})  # fmt: skip
_HARMLESS: Final = frozenset({
    "pg_column_size", "pg_size_pretty", "pg_typeof", "sqlite_version",
})  # fmt: skip


def does_more_than_read(function: str) -> bool:
    """Return whether a function of this name may write, wait, or reach files and other servers.

    Examples:
        >>> does_more_than_read("pg_sleep"), does_more_than_read("AVG")
        (True, False)
    """
    name = function.lower()
    return name not in _HARMLESS and (name in _NAMES or name.startswith(_PREFIXES))
