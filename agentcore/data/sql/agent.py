"""`SQLAgent`: an agent that answers questions from a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.agents.model_lookup import Metered, model_for
from agentcore.data.sql.analyst import SQLAnalyst, check_limits
from agentcore.data.sql.database import ROW_LIMIT, TIMEOUT, Database
from agentcore.data.sql.opening import open_database
from agentcore.protocol.message import Message
from agentcore.protocol.message_text import text_of
from agentcore.protocol.rules import agent_reply

__all__ = ["SQLAgent"]


class SQLAgent(ConversableAgent):
    """An agent that answers questions from a database, with SQL that its model writes.

    A message to it is a question, which may follow from earlier ones of the same peer. Its reply
    says what the rows say, or that no answer was found, and why. The reply's metadata has
    ``answer``, which ``Answer.from_plain`` reads: the query, its rows and the steps; and
    ``rewritten_question``, the question as it was understood. See `SQLAnalyst` for how it answers.

    It opens the database in the process in which it lives. On Ray that is its host, where the
    files must be.

    Args:
        name: unique in its system.
        llm: the model that writes the queries, or the name of one in the configuration.
        database: a `Database`, or what `open_database` takes: a file, files, tables or a URL.
        repairs: how often a query goes back to be mended, 0 or more.
        row_limit: how many rows an answer keeps; they go along in the message.
        timeout: seconds that a query may take.
        options: further arguments of `ConversableAgent`. The model is told ``system_message``
            beside the tables, such as what words mean here.

    Raises:
        ValueError, TypeError: an argument is none of these, or ``llm`` or ``database`` is missing.
        DataFileError: a file of the database is not there, or is of another kind.
    """

    def __init__(
        self,
        name: str,
        llm: Any = None,
        database: Any = None,
        *,
        repairs: int = 2,
        row_limit: int = ROW_LIMIT,
        timeout: float = TIMEOUT,
        **options: Any,
    ) -> None:
        options.setdefault("description", "Answers questions from the tables of a database.")
        super().__init__(name, llm=llm, **options)
        if self.llm is None:
            raise ValueError("an SQLAgent needs a model, which writes the queries: give llm=")
        if database is None:
            raise ValueError("an SQLAgent needs a database: give database=, a file, files or a URL")
        check_limits(repairs, row_limit, timeout)
        self.database: Database = open_database(database)
        self.repairs = repairs
        self.row_limit = row_limit
        self.timeout = timeout

    @agent_reply()
    async def answer_question(
        self, raw_message: Message, messages: Sequence[Mapping[str, Any]]
    ) -> tuple[bool, Message]:
        """Answer a question from the database."""
        analyst = SQLAnalyst(
            Metered(model_for(self, self.llm), self),
            self.database,
            repairs=self.repairs,
            row_limit=self.row_limit,
            timeout=self.timeout,
            notes=self.system_message,
        )
        answer = await analyst.answer(text_of(raw_message), history=list(messages)[:-1])
        metadata = {"answer": answer.to_plain(), "rewritten_question": answer.question}
        return True, Message(answer.text, metadata=metadata)

    def on_close(self) -> None:
        """Close the database."""
        self.database.close()
