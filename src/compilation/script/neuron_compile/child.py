"""Children: their output live and redacted, their end even when we are stopped."""

import collections
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time
import urllib.parse

LONGEST_LINE = 65536
KEPT_LINES = 400
GRACE_SECONDS = 3
LINE_END = re.compile(rb"\r\n|\n|\r(?=.)", re.DOTALL)


class Log:
    """Standard output and error of the job (its CloudWatch log), without secrets."""

    def __init__(self):
        self.secrets = []

    def hide(self, secret):
        self.secrets = sorted({*self.secrets, secret, urllib.parse.quote(secret, safe="")}, key=len, reverse=True)

    def redact(self, text):
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    def say(self, text, stream=None):
        print(self.redact(text), file=stream or sys.stdout, flush=True)


def memory():
    """Total and available memory of the host in GiB, as far as the host tells."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            sizes = dict(re.findall(r"^(\w+):\s+(\d+) kB", lines.read(), re.MULTILINE))
        return tuple(round(int(sizes[name]) / 2**20, 1) for name in ("MemTotal", "MemAvailable"))
    except (OSError, KeyError):
        return None, None


def run(command, log, env=None, cwd=None, on_line=None):
    """Runs a child to its end; returns its code and its last lines."""
    log.say("running: " + " ".join(shlex.quote(part) for part in command))
    heartbeat = float(os.environ.get("NEURON_COMPILATION_HEARTBEAT", "60"))  # tests shorten it
    child = subprocess.Popen(  # pylint: disable=consider-using-with
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, cwd=cwd,
        start_new_session=True,
    )
    kept, progress, rest = collections.deque(maxlen=KEPT_LINES), "", b""
    started = spoke = time.monotonic()

    def take(raw, shown):
        nonlocal progress, spoke
        line = raw.decode("utf-8", "replace")
        if not shown:
            progress = line.strip()  # a progress bar redraws itself; the log gets its last state with the next sign of life
            return
        kept.append(line)
        log.say(line)
        spoke = time.monotonic()
        if on_line:
            on_line(line)

    try:
        while True:
            if select.select([child.stdout], [], [], min(1.0, heartbeat))[0]:
                chunk = os.read(child.stdout.fileno(), 65536)
                if not chunk:
                    break
                rest += chunk
                while True:
                    end = LINE_END.search(rest)
                    if not end:
                        break
                    take(rest[:end.start()], end.group() != b"\r")
                    rest = rest[end.end():]
                if len(rest) > LONGEST_LINE:  # data, not words: it is not searched again and again for its end
                    take(rest, True)
                    rest = b""
            elif child.poll() is not None:
                break  # a grandchild still holds the pipe, but has nothing to say
            if time.monotonic() - spoke >= heartbeat:
                spoke = time.monotonic()
                free = memory()[1]
                log.say(f"still running after {spoke - started:.0f} s, {free} GiB of memory available" + (f": {progress}" if progress else ""))
        if rest:
            take(rest.rstrip(b"\r"), True)
        return child.wait(), list(kept)
    finally:
        _end(child)


def _end(child):
    """Ends the child and everything it started."""
    running = child.poll() is None
    try:
        os.killpg(child.pid, signal.SIGTERM)
        if running:
            child.wait(GRACE_SECONDS)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()
    child.stdout.close()
