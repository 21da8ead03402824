"""What a running notebook is doing, on stderr: a live line in a terminal, a line per cell and now and then in a log."""

import re
import sys
import threading
import time

quiet_seconds = 20


class Progress:
    def __init__(self, name, cells):
        self.name, self.cells, self.done = name, cells, 0
        self.cell, self.started, self.text, self.spoke = None, time.monotonic(), "starting the kernel", time.monotonic()
        self.live = sys.stderr.isatty()
        self.closed = threading.Event()
        threading.Thread(target=self._beat, daemon=True).start()

    def begin(self, cell):
        self.cell, self.started, self.text = cell, time.monotonic(), ""

    def say(self, text):
        """Takes the last line of what a cell prints or updates."""
        lines = [line for line in re.split(r"[\r\n]+", text if isinstance(text, str) else "") if line.strip()]
        if lines:
            self.text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", lines[-1]).strip()

    def end(self):
        self.done += 1
        if self.live:
            return
        first = self.cell.source.strip().splitlines()[0][:60]
        sys.stderr.write(f"{self.name} [{self.done}/{self.cells}] {time.monotonic() - self.started:.1f} s  {first}\n")
        self.spoke = time.monotonic()

    def close(self):
        self.closed.set()
        if self.live:
            sys.stderr.write("\r\x1b[2K")

    def _line(self):
        seconds = time.monotonic() - self.started
        return f"{self.name} [{min(self.done + 1, self.cells)}/{self.cells}] {seconds:.0f} s  {self.text}"

    def _beat(self):
        while not self.closed.wait(0.25):
            if self.live:
                sys.stderr.write(f"\r\x1b[2K{self._line()[:100]}")
                sys.stderr.flush()
            elif time.monotonic() - self.spoke > quiet_seconds:
                self.spoke = time.monotonic()
                sys.stderr.write(self._line() + "\n")
                sys.stderr.flush()
