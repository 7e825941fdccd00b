"""One process of VS Code's own parser for all that ask it."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from typing import Protocol

import pytest

from tests.support.programs import HERE, node, npm_folder

NOTHING_TYPED: Mapping[str, str] = {}


class Insert(Protocol):
    def __call__(
        self,
        body: str,
        answers: Mapping[str, str] = NOTHING_TYPED,
        *,
        tabs: bool = False,
        size: int = 4,
        line: str = "",
    ) -> str:
        """Insert `body` after `line`, in a file indented by `size` blanks or by tabs, and type `answers` at its stops."""


@pytest.fixture(scope="session")
def insert() -> Iterator[Insert]:
    command = [node(), HERE / "monaco.mjs", npm_folder("monaco")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="ascii") as process:
        assert process.stdin
        assert process.stdout
        asked, answered = process.stdin, process.stdout

        def ask(
            body: str, answers: Mapping[str, str] = NOTHING_TYPED, *, tabs: bool = False, size: int = 4, line: str = ""
        ) -> str:
            case = {"body": body, "answers": answers, "tabs": tabs, "size": size, "line": line}
            asked.write(json.dumps(case) + "\n")
            asked.flush()
            answer = json.loads(answered.readline())
            assert "text" in answer, answer["error"]
            return str(answer["text"])

        yield ask
