"""Every error of agentcore, in one tree.

::

    AgentCoreError
    ├── ConfigError                  a configuration key, value or backend that cannot be used
    │   ├── BackendMissingError      the backend's package is not installed
    │   ├── ExtraMissingError        a package of an extra is not installed; names the extra
    │   └── SandboxMissingError      this machine has no sandbox; says what to install
    ├── RuleError          TypeError a reply rule or hook that cannot be defined as it is written
    ├── MessageError      ValueError a message that cannot be sent as it is
    │   ├── EmptyMessageError        no content and no tool call
    │   ├── MessageTypeError   TypeError  neither a str, a dict, a Message nor a ChatResponse
    │   └── MessagePickleError       a part of it cannot be pickled; names the path
    ├── SpawnError                   an agent could not be constructed where it was to live
    │   └── NameInUseError           another agent of the system has the name
    ├── AgentNotFoundError LookupError  no agent of the system has the name
    ├── StateError        ValueError a saved state that cannot be loaded; nothing was changed
    ├── SystemClosedError            the system was closed
    ├── SystemMismatchError          an agent of one system was used with another
    ├── TurnError       RuntimeError a call that a rule may not make at this point
    │   └── BudgetSpentError         a nested send that found no turn left; nothing was delivered
    ├── ProtocolError   RuntimeError an event that is illegal in the state; nothing changed
    ├── StreamNotFoundError LookupError  no such stream, or it is no longer kept
    ├── ToolError          TypeError a tool that cannot be defined as it is written
    ├── SpeakerError      ValueError a group's function cannot choose who speaks, or chose amiss
    ├── McpError                     an MCP server could not be reached, or a tool of it failed
    ├── ModelError                   a model could not answer; ``.model`` says which
    │   ├── ContextLengthError       the messages are too long for it
    │   ├── OutputError   ValueError its answer has not the form asked for; ``.raw`` is its text
    │   └── ModelsForbiddenError     a real model was asked in a run that forbids it
    ├── SandboxError                 code in a sandbox did not run, or not to its end
    │   ├── CodeError                the code itself raised; ``.traceback`` says where
    │   ├── SandboxClosedError       the session was closed
    │   ├── SandboxKilledError       the session's process is gone; the next run begins anew
    │   └── SandboxLimitError        the code reached a limit
    │       ├── TimeLimitError TimeoutError  a run took too long
    │       ├── MemoryLimitError     too much memory
    │       ├── ProcessLimitError    too many processes or threads
    │       ├── FilesLimitError      too many open files
    │       ├── DiskLimitError       too much written
    │       └── OutputLimitError     too much printed
    ├── DataError                    something of a data analysis could not be done
    │   ├── DataFileError ValueError a file that is no table that can be read; ``.file`` says which
    │   ├── QueryError               a database could not run a query; ``.sql`` has it
    │   │   ├── QueryRefusedError ValueError  it would do more than read one thing
    │   │   └── QueryTimeoutError TimeoutError  it took longer than it may
    │   ├── AnswerTimeoutError TimeoutError  a question took longer than it may
    │   └── SessionNotFoundError LookupError  no session of this owner has the name
    ├── LibraryError                 a library of documents could not be read or written
    │   ├── LibraryFormatError       the folder has one of another version or other embeddings
    │   ├── DocumentError ValueError a document that cannot be read; ``.source`` says which
    │   └── FactNotFoundError LookupError  a memory has no fact of this id for the owner
    └── ChatError                    a conversation stopped by a failure; ``.result`` has the rest
        ├── ChatTimeoutError TimeoutError  its time ran out
        ├── AgentDiedError           an agent of it is gone
        └── ReplyError               a rule raised; ``.agent`` and ``.rule`` say which
            ├── ReplyTypeError TypeError   a rule returned what is no reply
            └── DepthError           sends nested deeper than ``max_depth``

Every error can be pickled, whatever caused it: what cannot cross to another process is
kept as text in ``traceback``.
"""

from agentcore.base.data_errors import (
    AnswerTimeoutError,
    DataError,
    DataFileError,
    QueryError,
    QueryRefusedError,
    QueryTimeoutError,
    SessionNotFoundError,
)
from agentcore.base.errors import (
    AgentCoreError,
    AgentNotFoundError,
    BackendMissingError,
    BudgetSpentError,
    ConfigError,
    ContextLengthError,
    EmptyMessageError,
    ExtraMissingError,
    McpError,
    MessageError,
    MessagePickleError,
    MessageTypeError,
    ModelError,
    ModelsForbiddenError,
    NameInUseError,
    OutputError,
    ProtocolError,
    RuleError,
    SpawnError,
    SpeakerError,
    StateError,
    StreamNotFoundError,
    SystemClosedError,
    SystemMismatchError,
    ToolError,
    TurnError,
)
from agentcore.base.retrieval_errors import (
    DocumentError,
    FactNotFoundError,
    LibraryError,
    LibraryFormatError,
)
from agentcore.base.sandbox_errors import (
    CodeError,
    DiskLimitError,
    FilesLimitError,
    MemoryLimitError,
    OutputLimitError,
    ProcessLimitError,
    SandboxClosedError,
    SandboxError,
    SandboxKilledError,
    SandboxLimitError,
    SandboxMissingError,
    TimeLimitError,
)
from agentcore.protocol.chat_errors import (
    AgentDiedError,
    ChatError,
    ChatTimeoutError,
    DepthError,
    ReplyError,
    ReplyTypeError,
)

__all__ = [
    "AgentCoreError",
    "AgentDiedError",
    "AgentNotFoundError",
    "AnswerTimeoutError",
    "BackendMissingError",
    "BudgetSpentError",
    "ChatError",
    "ChatTimeoutError",
    "CodeError",
    "ConfigError",
    "ContextLengthError",
    "DataError",
    "DataFileError",
    "DepthError",
    "DiskLimitError",
    "DocumentError",
    "EmptyMessageError",
    "ExtraMissingError",
    "FactNotFoundError",
    "FilesLimitError",
    "LibraryError",
    "LibraryFormatError",
    "McpError",
    "MemoryLimitError",
    "MessageError",
    "MessagePickleError",
    "MessageTypeError",
    "ModelError",
    "ModelsForbiddenError",
    "NameInUseError",
    "OutputError",
    "OutputLimitError",
    "ProcessLimitError",
    "ProtocolError",
    "QueryError",
    "QueryRefusedError",
    "QueryTimeoutError",
    "ReplyError",
    "ReplyTypeError",
    "RuleError",
    "SandboxClosedError",
    "SandboxError",
    "SandboxKilledError",
    "SandboxLimitError",
    "SandboxMissingError",
    "SessionNotFoundError",
    "SpawnError",
    "SpeakerError",
    "StateError",
    "StreamNotFoundError",
    "SystemClosedError",
    "SystemMismatchError",
    "TimeLimitError",
    "ToolError",
    "TurnError",
]
