"""The steps in order, and the end of each story."""

import errno
import os
import shutil
import signal
import sys
import time
import traceback

from . import artifact, child, export, handler, manifest, source
from .arguments import parse
from .context import Context
from .errors import DISK_FULL_TEXT, CompileError, Stopped, clip

STOPPED_CODE = 128 + signal.SIGTERM


def compile_model(args, context):
    """From arguments to a complete output folder."""
    log = context.log
    artifact.empty(args.output)
    context.open(args.output)
    total, available = child.memory()
    free = round(shutil.disk_usage(context.scratch).free / 2**30, 1)
    log.say(f"compile script {args.script_version}, key {args.key}, image {args.image}, Neuron SDK {args.sdk}")
    log.say(f"host: {os.cpu_count()} CPUs, {total} GiB of memory of which {available} are available, {free} GiB of disk in {context.scratch}")
    log.say("versions: " + ", ".join(f"{name} {version}" for name, version in manifest.versions().items()))

    # The exporter takes a sentence-transformers model for CLIP when "clip" is in its path (exporters/neuron/__main__.py), and looks for
    # the names of components in it: the path it gets is of our making.
    folder = os.path.join(context.scratch, "clip" if args.kind == "clip" else "model")
    if args.hub_id:
        secret = source.token(args.token_secret, args.token_field) if args.token_secret else None
        if secret:
            log.hide(secret)
        source.download(args, folder, secret, context)
    else:
        unpacked = source.unpacked(args.source, folder)
        if unpacked != folder:
            os.symlink(os.path.abspath(unpacked), folder)
    for option in ("custom_operators", "user_script"):
        if getattr(args, option):
            setattr(args, option, source.unpacked(os.path.abspath(getattr(args, option)), os.path.join(context.scratch, option)))

    task = args.task or export.infer_task(args.kind, folder)
    sources = [folder, *filter(None, [args.user_script])]
    ours = handler.needed(args, task, sources)
    model = os.path.join(context.scratch, "export")
    started = time.monotonic()
    if args.exporter == "trace":
        operators = export.trace(args, folder, model, context)
    else:
        operators = export.optimum(args, task, folder, model, context)
    seconds = time.monotonic() - started
    log.say(f"compiled in {seconds:.0f} s, {operators['count']} operators on the CPU ({operators['basis']})")

    artifact.assemble(args, task, model, sources, ours)
    stored, listed = artifact.store(model, args.output, args.layout, log.secrets)
    manifest.write(args, task, stored, listed, seconds, operators, context)
    log.say(f"stored {len(listed)} files, {stored['size']} bytes, as {stored['path']} in {args.output}")


def main(argv):
    """Runs the script; returns its exit code."""
    context, args = Context(), None

    def stop(*_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGTERM, stop)
    try:
        try:
            args = parse(argv)
            compile_model(args, context)
            return 0
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise CompileError(DISK_FULL_TEXT, [str(error)]) from error
    except CompileError as error:
        return _fail(error, argv, args, context)
    except Stopped:
        error = CompileError("the compile job was stopped (SIGTERM): somebody stopped it, or its maximum runtime is over", code=STOPPED_CODE)
        return _fail(error, argv, args, context)
    except Exception as error:  # pylint: disable=broad-except
        context.log.say(traceback.format_exc(), sys.stderr)
        return _fail(CompileError(f"the compile script failed: {type(error).__name__}: {error}"), argv, args, context)
    finally:
        context.close()


def _fail(error, argv, args, context):
    """Tells the log and the message of the job; leaves no half of an artefact behind."""
    redact = context.log.redact
    message = clip(redact(error.headline), [redact(line) for line in error.lines])
    context.log.say("compilation failed: " + message, sys.stderr)
    path = args.message_file if args else _message_file(argv)
    try:
        if path:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            with open(path, "wb") as file:
                file.write(message.encode("utf-8"))
        if args:
            artifact.empty(args.output)
    except OSError as problem:
        context.log.say(f"cannot clean up: {problem}", sys.stderr)
    return error.code


def _message_file(argv):
    """The file for the message when the arguments cannot be read."""
    for index, argument in enumerate(argv):
        if argument.startswith("--message-file="):
            return argument.partition("=")[2]
        if argument == "--message-file" and index + 1 < len(argv):
            return argv[index + 1]
    return None
