"""Databases for the tests: a file of SQLite, and a server of PostgreSQL where one is installed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import Any

import pytest

ROWS = [("North", 2023, 10.5), ("North", 2024, 30.0), ("South", 2023, 20.0), ("South", 2024, None)]


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """A file of SQLite with one table, ``sales``."""
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.execute('CREATE TABLE sales (region TEXT, year INTEGER, "Amount Due" REAL)')
    connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", ROWS)
    connection.commit()
    connection.close()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of PostgreSQL of its own, with one table, ``sales``; skips where there is none."""
    psycopg: Any = pytest.importorskip("psycopg")
    found = shutil.which("initdb") or max(glob("/usr/lib/postgresql/*/bin/initdb"), default=None)
    if found is None:
        pytest.skip("no server of PostgreSQL is installed")
    programs = Path(found).resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    owner: dict[str, Any] = {}
    if os.getuid() == 0:  # the server refuses to run as root
        owner = {"user": "postgres", "cwd": "/"}
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    subprocess.run(
        [programs / "initdb", "-D", data, "-A", "trust", "-U", "owner", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, **owner,
    )  # fmt: skip
    with _served(programs, data, folder, owner):
        with psycopg.connect(host=str(folder), user="owner", dbname="postgres") as connection:
            connection.execute("CREATE TABLE sales (region text, year int, amount numeric(8, 2))")
            connection.cursor().executemany("INSERT INTO sales VALUES (%s, %s, %s)", ROWS)
            connection.execute("CREATE SEQUENCE numbers")
            connection.execute(
                "CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'SELECT 1::int'"
            )
        yield f"postgresql+psycopg://owner@/postgres?host={folder}"
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _served(programs: Path, data: str, folder: Path, owner: dict[str, Any]) -> Iterator[None]:
    settings = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(folder)]
    command = [programs / "postgres", "-D", data, *settings]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, **owner)
    asked = [programs / "pg_isready", "-q", "-h", folder]
    try:
        while subprocess.run(asked, check=False).returncode:
            assert server.poll() is None, "the server ended"
        yield
    finally:
        server.send_signal(signal.SIGINT)  # at once, whoever is connected
        server.wait(20)
