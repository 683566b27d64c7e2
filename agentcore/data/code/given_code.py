"""Running the code that stands in a message."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

from agentcore.base.sandbox_errors import CodeError
from agentcore.data.answer import Answer, Step
from agentcore.data.code.code_block import code_in
from agentcore.data.code.outcome import outcome_of, output_of, wanted_variables
from agentcore.data.code.prelude import given_names, loading_code
from agentcore.data.tables import LoadedTable
from agentcore.sandbox.protocol import Session

__all__ = ["run_given_code"]


async def run_given_code(
    session: Session, text: str, tables: Sequence[LoadedTable], timeout: float | None
) -> Answer:
    """Run the code in a text, and return what it printed; or why it failed.

    The tables are there in variables, as for code that a model writes.
    """
    code = code_in(text)
    if code is None:
        return Answer("There is no Python code in the message.", failed=True)
    if tables:
        loading = loading_code(tables, session.folder)
        loaded = await asyncio.to_thread(session.run, loading, timeout)
        if loaded.error is not None:
            return Answer(f"The tables could not be read: {loaded.error}", failed=True)
    variables = wanted_variables(code, "", given_names(tables))
    result = await asyncio.to_thread(session.run, code, timeout, variables=variables)
    outcome = outcome_of(result, code, "", ())
    output = output_of(result)
    if isinstance(result.error, CodeError):
        output = "\n".join(part for part in (output, result.error.traceback) if part)
    elif result.error is not None:
        output = "\n".join(part for part in (output, str(result.error)) if part)
    failed = result.error is not None
    return Answer(
        output or "(no output)",
        code=code,
        language="python",
        table=outcome.table,
        values=dict(outcome.values),
        files=(*result.figures, *result.files),
        steps=(Step("code", code, output, failed),),
        failed=failed,
        host=socket.gethostname(),
    )
