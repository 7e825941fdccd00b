"""A run without a supervisor, on Windows: it has no signals to pass on, and what the run leaves behind cannot be found."""

import contextlib
import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from seedblock.twice.run.captured_output import CHUNK_BYTES, Streams, as_one
from seedblock.twice.run.process import Run, environment
from seedblock.twice.run.standard_input import Given
from seedblock.twice.run.supervisor import by_psutil, protocol
from seedblock.twice.run.supervisor.protocol import Message


class Plain:
    """A run that has been started, with threads that keep what it prints."""

    def __init__(self, process: "subprocess.Popen[bytes]", run: Run) -> None:
        self.began = time.monotonic()
        self.is_over = self.is_paused = False
        self.process = process
        self._said: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._file = run.output.open("ab", buffering=0)
        self._lock = threading.Lock()
        pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
        self._readers = [threading.Thread(target=self._keep, args=item, daemon=True) for item in enumerate(pipes)]
        for thread in (*self._readers, threading.Thread(target=self._wait, daemon=True)):
            thread.start()

    def _keep(self, stream: int, pipe: IO[bytes]) -> None:
        with pipe:
            while data := os.read(pipe.fileno(), CHUNK_BYTES):
                with self._lock:
                    if self._file.closed:
                        return
                    try:
                        self._file.write(data)
                    except OSError as error:
                        self._said.put(Message(protocol.LOST, (error.errno or 0,)))
                        return
                    self._said.put(Message(protocol.OUT, (stream, len(data))))

    def _wait(self) -> None:
        code = self.process.wait()
        for thread in self._readers:
            thread.join(1)  # a process that the run has left may still hold the pipe
        self._said.put(Message(protocol.OVER, (code,)))

    def close(self) -> None:
        """Keep no more of what is printed."""
        for thread in self._readers:
            thread.join(1)
        with self._lock:
            self._file.close()

    def ask(self, order: int) -> None:
        """End the run, whatever the order: none of the others has a meaning here."""
        if order in (protocol.STOP, protocol.FINISH_WRITING):
            by_psutil.kill(self.process.pid)

    def forgotten(self) -> list[int]:
        """Return the signals that have reached us, but not the run: none, as none is passed on."""
        return []

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def messages(self, wait_s: float) -> list[Message]:
        """Return what there is to say of the run, as soon as there is something or after `wait_s` seconds."""
        found = []
        with contextlib.suppress(queue.Empty):
            found.append(self._said.get(timeout=max(0.0, wait_s)))
            while True:
                found.append(self._said.get_nowait())
        self.is_over = self.is_over or any(message.name == protocol.OVER for message in found)
        return found


@contextmanager
def plain(run: Run, every: int, given: Given, streams: Streams) -> Iterator[Plain]:
    """Start a run. If it is not over at the end of the block, it is ended. Raises OSError if it cannot be started."""
    process = subprocess.Popen(
        run.command,
        cwd=run.folder,
        env=environment(run, every),
        stdin=given.number,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if as_one(streams) else subprocess.PIPE,
    )
    running = Plain(process, run)
    try:
        yield running
    finally:
        if process.poll() is None:
            by_psutil.kill(process.pid)
            process.wait()
        running.close()
