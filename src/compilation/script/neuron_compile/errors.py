"""What went wrong, short enough for the message of a job."""

import re

# DescribeProcessingJob's ExitMessage and DescribeTrainingJob's FailureReason hold 1,024 characters (botocore, service model
# of sagemaker); SageMaker may put words of its own before ours.
MESSAGE_BYTES = 1000
MOST_LINES = 8

# `2026-01-01T00:00:00Z ERROR 85724 [neuronx-cc]: ` before each line of the compiler (aws-neuron-sdk issue 690).
PREFIX = re.compile(r"^\d{4}-\d\d-\d\d[T ]\S+\s+(?:ERROR|CRITICAL|WARNING)\s+\d+\s+\[[^\]]*\]: ?")
FRAME = re.compile(r"\s*File \"")
# Progress bars, blanks, rules, and the compiler's account of itself: none of them says what went wrong.
NOISE = re.compile(
    r"^\s*$|\d{1,3}%\|[^|]{0,200}\||^[.*=\-\s^~]+$|^\s*(?:Version information|NeuronX Compiler version|Python version|HWM version|"
    r"NEFF version|TVM not available|Artifacts stored in|Internal details|Command line)|subprocess\.CalledProcessError: Command"
)
TELLING = re.compile(r"error|exception|\[NCC_|\[F1\d\d\]|failed|killed|out of memory|no space left", re.IGNORECASE)

OUT_OF_MEMORY = re.compile(
    r"\[F137\]|neuronx-cc failed with -9\b|died with <Signals\.SIGKILL|returned non-zero exit status (?:137|-9)\b", re.IGNORECASE
)
DISK_FULL = re.compile(r"no space left on device", re.IGNORECASE)

OUT_OF_MEMORY_TEXT = (
    "the host ran out of memory: the compiler was killed by signal 9. "
    "Run the compile job on a larger instance, or compile smaller shapes"
)
DISK_FULL_TEXT = "the volume is full. Give the compile job a larger volume"


class CompileError(Exception):
    """A failure with its fix. `lines` is what the failed tool said."""

    def __init__(self, headline, lines=(), code=1):
        super().__init__(headline)
        self.headline = headline
        self.lines = list(lines)
        self.code = code


class Stopped(BaseException):
    """SIGTERM: somebody stopped the job, or its time is over."""


def telling_lines(lines):
    """The last lines that say what went wrong; the last lines of all when none does."""
    kept, frame = [], False
    for line in lines:
        text = PREFIX.sub("", line).rstrip()
        quoted, frame = frame and text.startswith("    "), bool(FRAME.match(text))  # a traceback quotes the code of each frame
        if not (frame or quoted or NOISE.search(text)) and (not kept or kept[-1] != text):
            kept.append(text)
    telling = [line for line in kept if TELLING.search(line)]
    return (telling or kept)[-MOST_LINES:]


def clip(headline, lines, most=MESSAGE_BYTES):
    """Headline and lines in at most `most` bytes of UTF-8. Lines lose their front: their end says how it ended."""
    head = headline.encode("utf-8")[:most].decode("utf-8", "ignore")
    tail = "\n".join(lines)
    room = most - len(head.encode("utf-8")) - 1
    if not tail or room < 20:
        return head
    if len(tail.encode("utf-8")) > room:
        tail = "..." + tail.encode("utf-8")[-(room - 3):].decode("utf-8", "ignore")
    return head + "\n" + tail


def child_failure(what, returncode, lines):
    """The error of a child that did not end well."""
    text = "\n".join(lines)
    if returncode in (-9, 137) or OUT_OF_MEMORY.search(text):
        return CompileError(OUT_OF_MEMORY_TEXT, telling_lines(lines))
    if DISK_FULL.search(text):
        return CompileError(DISK_FULL_TEXT, telling_lines(lines))
    ended = f"was killed by signal {-returncode}" if returncode < 0 else f"ended with code {returncode}"
    return CompileError(f"{what} {ended}", telling_lines(lines))
