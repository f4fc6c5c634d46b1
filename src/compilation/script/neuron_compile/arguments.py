"""The arguments, checked before anything is started."""

import argparse
import os
import re

from .errors import CompileError

KINDS = ("text-encoder", "vision", "audio", "clip", "seq2seq", "diffusion", "decoder")
SHAPES = (
    "batch_size", "text_batch_size", "image_batch_size", "sequence_length", "num_beams", "num_channels", "width", "height",
    "num_images_per_prompt", "audio_sequence_length",
)


class Parser(argparse.ArgumentParser):
    """A parser whose complaints reach the message of the job."""

    def error(self, message):
        raise CompileError(f"wrong arguments: {message}", code=2)


def _pattern(pattern, what):
    def check(text):
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"got {text!r}, allowed {what}")
        return text
    return check


def _one_of(*values):
    return _pattern("|".join(values), ", ".join(values))


def _number(least):
    def check(text):
        if not re.fullmatch(r"\d{1,9}", text) or int(text) < least:
            raise argparse.ArgumentTypeError(f"got {text!r}, allowed a whole number of at least {least}")
        return int(text)
    return check


def _shape(text):
    name, equals, size = text.partition("=")
    if not equals or name not in SHAPES:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed NAME=N with NAME one of {', '.join(SHAPES)}")
    return name, _number(1)(size)


def _parser():
    parser = Parser(prog="neuron-compile", allow_abbrev=False, add_help=False)
    add = parser.add_argument
    add("--key", required=True, type=_pattern(r"[0-9a-f]{16,64}", "16 to 64 hexadecimal digits"))
    add("--script-version", required=True, type=_number(1))
    add("--sdk")
    add("--image")
    add("--kind", required=True, type=_one_of(*KINDS))
    # optimum-cli joins its arguments into one line for a shell (optimum-neuron, commands/export/neuronx.py): only harmless
    # characters may come from outside.
    add("--task", type=_pattern(r"[a-z0-9][a-z0-9-]*", "lower-case letters, digits and hyphens"))
    add("--shape", action="append", default=[], type=_shape)
    add("--auto-cast", type=_one_of("none", "matmul", "all"), default="none")
    add("--auto-cast-type", type=_one_of("bf16", "fp16", "tf32", "fp8_e4m3"))
    add("--torch-dtype", type=_one_of("bfloat16", "float16", "float32"))
    add("--opt-level", type=_one_of("1", "2", "3"))
    add("--tensor-parallel-size", type=_number(1), default=1)
    add("--target", required=True, type=_one_of("inf2", "trn1", "trn2"))
    add("--exporter", type=_one_of("optimum", "trace"), required=True)
    add("--cpu-backend", action="store_true")
    add("--hub-id", type=_pattern(r"[\w.-]+(/[\w.-]+)?", "owner/name"))
    add("--revision", type=_pattern(r"[\w.-]+(/[\w.-]+)*", "a commit, branch or tag"))
    add("--token-secret", type=_pattern(r"arn:[\w-]+:secretsmanager:[\w-]+:\d*:secret:.+", "the ARN of a secret"))
    add("--token-field")
    add("--source")
    add("--compiler-flag", action="append", default=[], type=_pattern(r"-.+", "a flag of neuronx-cc"))
    add("--custom-operators")
    add("--user-script")
    add("--max-cpu-operators", type=_number(0), default=0)
    add("--trust-remote-code", action="store_true")
    add("--layout", type=_one_of("archive", "files"), required=True)
    add("--output", required=True)
    add("--message-file", required=True)
    return parser


def parse(argv):
    """The arguments as a namespace; `shapes` is a dict."""
    parser = _parser()
    args = parser.parse_args(argv)
    args.shapes = dict(args.shape)
    decoder, trace = args.kind == "decoder", args.exporter == "trace"
    checks = (
        (len(args.shapes) < len(args.shape), "--shape names a dimension twice"),
        (bool(args.hub_id) == bool(args.source), "give either --hub-id or --source"),
        (args.hub_id and not args.revision, "--hub-id needs --revision: a branch moves, a commit does not"),
        (args.source and args.revision, "--revision goes with --hub-id"),
        (args.token_secret and not args.hub_id, "--token-secret goes with --hub-id"),
        (args.token_field and not args.token_secret, "--token-field goes with --token-secret"),
        (args.auto_cast == "none" and args.auto_cast_type, "--auto-cast-type goes with --auto-cast matmul or all"),
        (args.auto_cast != "none" and not args.auto_cast_type, "--auto-cast needs --auto-cast-type"),
        (decoder and (args.auto_cast != "none" or args.opt_level), "a decoder takes --torch-dtype, not --auto-cast or --opt-level"),
        (args.torch_dtype and not decoder, "--torch-dtype goes with --kind decoder"),
        (trace and decoder, "--exporter trace cannot export a decoder"),
        (trace and not args.user_script, "--exporter trace needs --user-script"),
        (args.user_script and not trace, "--user-script goes with --exporter trace"),
        (trace and args.tensor_parallel_size > 1, "--exporter trace compiles for one core: --tensor-parallel-size must be 1"),
        (args.max_cpu_operators and not trace, "--max-cpu-operators goes with --exporter trace"),
    )
    for wrong, message in checks:
        if wrong:
            parser.error(message)
    for option in ("source", "custom_operators", "user_script"):
        folder = getattr(args, option)
        if folder and not os.path.isdir(folder):
            parser.error(f"argument --{option.replace('_', '-')}: there is no folder {folder!r}")
    return args
