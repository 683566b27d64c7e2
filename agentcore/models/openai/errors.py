"""Errors of requests to an OpenAI-compatible server, made into `ModelError` with advice.

No error shows a key, and neither does its cause: some servers repeat the key that they refuse, and
the SDK's errors hold the request with its headers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs

from agentcore.base.errors import ContextLengthError, ModelError
from agentcore.base.extras import import_extra
from agentcore.models.openai.client import Access
from agentcore.models.secret import HIDDEN, Secret, redacted

__all__ = ["Failures", "shown_url"]

_SDK_SECONDS = 600.0  # the SDK's default time-out of an attempt
_MOST = 500  # characters of a server's text in an error; some answer with a whole page
_TOO_LONG = re.compile(
    r"context.?length|maximum context|context.?(size|window)|prompt is too long|"
    r"input is too long|too many (input )?tokens|reduce the length of the messages",
    re.IGNORECASE,
)

_HIDDEN_PARTS = re.compile(r"(?<=//)[^/@]*@|[?#].*")
_KEY_REFUSED = "{where} refused the key ({key}): {said}"
_MEANING = {
    401: _KEY_REFUSED,
    403: _KEY_REFUSED,
    404: "{where} was not found: the server knows no such model, or base_url is not its API "
    "(it mostly ends with /v1): {said}",
    429: "{where} is asked too often, or its quota is spent, also after the SDK's retries "
    "(max_retries=): {said}",
}
_NOT_REACHED = "no server can be reached for {where} ({said}): does it run, and is base_url right?"
_BROKEN = "{where} failed with status {status}, also after the SDK's retries: {said}"
_REFUSED = "{where} refused the request with status {status}: {said}"
_FAILED = "{where} failed: {said}"


def shown_url(url: str | None) -> str:
    """Return an address without the parts that may be secret: user, password, query, fragment."""
    if url is None:
        return "OpenAI"
    return _HIDDEN_PARTS.sub("", url)


@attrs.frozen
class Failures:
    """Makes the errors of one model.

    Attributes:
        model: the model's name.
        access: how its server is reached; the secrets in it are removed from all errors.
        key_from: where the key came from, in words.
    """

    model: str
    access: Access
    key_from: str

    @property
    def where(self) -> str:
        """The model and its server, in words: the beginning of each error's text."""
        return f"model {self.model!r} at {shown_url(self.access.base_url)}"

    @contextmanager
    def told(
        self, attempt: float | None, timeout: float | None, begun: bool = False
    ) -> Iterator[None]:
        """Turn errors that the ``with`` block raises into `ModelError`.

        Args:
            attempt: the time-out of an attempt in seconds; ``None`` for the SDK's default.
            timeout: the time-out of the whole request in seconds; ``None`` for none.
            begun: whether a part of the answer has come already.

        Raises:
            ModelError: the block raised an error of the SDK, of HTTP or of the answer's format.
        """
        openai = import_extra("openai", "openai", "OpenAIModel")
        http = import_extra("httpx2", "openai", "OpenAIModel")  # the HTTP library of the SDK
        try:
            yield
        except openai.OpenAIError as error:
            lost = begun and isinstance(error, openai.APIConnectionError)
            if lost and not isinstance(error, openai.APITimeoutError):
                raise self.cut(error) from error
            raise self.of_sdk(error, attempt) from error
        except http.TimeoutException as error:
            raise self.no_time(_SDK_SECONDS if attempt is None else attempt, error) from error
        except TimeoutError as error:
            raise self.no_time(timeout or 0.0, error) from error
        except http.HTTPError as error:
            raise self.cut(error) from error
        except json.JSONDecodeError as error:
            raise self.unreadable(f"no JSON, but {error.doc[:100]!r}", error) from error
        except ValueError as error:
            raise self.unreadable(str(error), error) from error
        except (TypeError, http.InvalidURL) as error:
            raise self.unsendable(error) from error

    def no_time(self, seconds: float, cause: BaseException | None = None) -> ModelError:
        """Return the error for a request that ran out of time."""
        text = (
            f"{self.where} did not answer within {seconds:g} s: give it more time (timeout=), "
            "or see whether the server is busy"
        )
        return self._caused(ModelError(text, model=self.model), cause)

    def unreadable(self, problem: str, cause: BaseException | None = None) -> ModelError:
        """Return the error for an answer that does not have the format of one."""
        text = f"{self.where} answered what is no answer to a chat: {self._clean(problem)}"
        return self._caused(ModelError(text, model=self.model), cause)

    def cut(self, cause: BaseException | None = None) -> ModelError:
        """Return the error for a stream that ended too early."""
        text = f"{self.where} broke its answer off before the end"
        return self._caused(ModelError(text, model=self.model), cause)

    def unsendable(self, cause: BaseException) -> ModelError:
        """Return the error for arguments that cannot be put into a request."""
        text = f"{self.where} cannot be asked this: {self._clean(str(cause))}"
        return self._caused(ModelError(text, model=self.model), cause)

    def of_sdk(self, error: Exception, seconds: float | None) -> ModelError:
        """Return the error that an error of the SDK stands for.

        Args:
            error: the error of the SDK.
            seconds: the time-out of an attempt; ``None`` for the SDK's default.
        """
        openai = import_extra("openai", "openai", "OpenAIModel")
        said = self._clean(_said_by(error))
        status: int | None = getattr(error, "status_code", None)
        unconnected = type(error.__cause__).__name__ == "ConnectTimeout"
        if isinstance(error, openai.APITimeoutError) and not unconnected:
            return self.no_time(_SDK_SECONDS if seconds is None else seconds, error)
        if _is_too_long(error, status, said):
            text = f"the messages are too long for {self.where}: {said}"
            return self._caused(ContextLengthError(text, model=self.model), error)
        if isinstance(error, openai.APIConnectionError):
            said = self._clean(str(error.__cause__ or "") or type(error.__cause__).__name__)
            says = _NOT_REACHED
        else:
            says = _MEANING.get(status or 0) or (_FAILED if status is None else _REFUSED)
            if status is not None and status >= 500:
                says = _BROKEN
        text = says.format(where=self.where, key=self.key_from, status=status, said=said)
        return self._caused(ModelError(text, model=self.model), error)

    def _clean(self, text: str) -> str:
        text = redacted(" ".join(text.split()), self.access.secrets())
        return text if len(text) <= _MOST else f"{text[:_MOST]}..."

    def _caused(self, error: ModelError, cause: BaseException | None) -> ModelError:
        secrets = self.access.secrets()
        for each in _chain(cause):
            _scrub(each, secrets)
        error.__cause__ = cause
        return error


def _said_by(error: Exception) -> str:
    """Return the server's own text about the error, which stands in one of several places."""
    body = getattr(error, "body", None)
    if isinstance(body, Mapping):
        body = body.get("message") or body.get("error") or body.get("detail") or body
    if isinstance(body, Mapping):
        body = body.get("message") or body
    return str(body or getattr(error, "message", None) or str(error) or type(error).__name__)


def _is_too_long(error: Exception, status: int | None, said: str) -> bool:
    if status not in (None, 400, 413, 422, 500):
        return False
    kinds = (getattr(error, "code", None), getattr(error, "type", None))
    if "context_length_exceeded" in kinds or "exceed_context_size_error" in kinds:
        return True
    return _TOO_LONG.search(said) is not None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            waiting += [each.__cause__, each.__context__]
            yield each


def _scrub(error: BaseException, secrets: Iterable[Secret]) -> None:
    """Remove secrets from an error, and from the request and response that it holds."""
    error.__traceback__ = None  # its frames are the SDK's, and hold the key in variables
    error.args = tuple(_without(secrets, arg) for arg in error.args)
    response = vars(error).get("response")
    for request in (vars(error).get("request"), getattr(response, "request", None)):
        headers = getattr(request, "headers", {})
        for name, value in list(headers.items()):
            if any(secret.reveal() in value for secret in secrets):
                headers[name] = HIDDEN
    if response is not None and any(secret.reveal() in response.text for secret in secrets):
        error.__dict__["response"] = None  # it repeats the key
    for name, value in list(vars(error).items()):
        error.__dict__[name] = _without(secrets, value)


def _without(secrets: Iterable[Secret], value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value, secrets)
    if isinstance(value, bytes):
        return redacted(value.decode("utf-8", "replace"), secrets).encode()
    if isinstance(value, Mapping):
        return {key: _without(secrets, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without(secrets, each) for each in value]
    return value
