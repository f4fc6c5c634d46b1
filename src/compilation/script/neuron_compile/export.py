"""
The two exporters: `optimum-cli export neuron`, and the tracer of this package.

Sources (read 2026-11-23): huggingface/optimum-neuron commands/export/neuronx.py, exporters/neuron/__main__.py and convert.py;
torch_neuronx xla_impl/trace.py and libneuronxla neuron_cc_wrapper.py for how neuronx-cc is called.
"""

import json
import os
import re
import shlex
import shutil

from . import child
from .errors import CompileError, child_failure
from .handler import read_json

OPTIMUM_BASIS = "optimum-cli traces the whole graph for Neuron or fails; its log names no operator on the CPU"
OPTIMUM_LOG_BASIS = "log of the graph partitioner"

# Ends of class names in `architectures` of config.json, and the tasks they are made for (transformers). For a local folder
# the exporter cannot find the task by itself (huggingface/optimum, exporters/tasks.py).
ARCHITECTURES = {
    "text-encoder": (
        ("ForSequenceClassification", "text-classification"), ("ForTokenClassification", "token-classification"),
        ("ForQuestionAnswering", "question-answering"), ("ForMaskedLM", "fill-mask"), ("ForMultipleChoice", "multiple-choice"),
        ("", "feature-extraction"),
    ),
    "vision": (
        ("ForImageClassification", "image-classification"), ("ForImageClassificationWithTeacher", "image-classification"),
        ("ForObjectDetection", "object-detection"), ("ForSemanticSegmentation", "semantic-segmentation"), ("", "feature-extraction"),
    ),
    "audio": (
        ("ForCTC", "automatic-speech-recognition"), ("ForSequenceClassification", "audio-classification"),
        ("ForAudioClassification", "audio-classification"), ("ForAudioFrameClassification", "audio-frame-classification"),
        ("ForXVector", "audio-xvector"), ("", "feature-extraction"),
    ),
    "seq2seq": (("WhisperForConditionalGeneration", "automatic-speech-recognition"), ("", "text2text-generation")),
    "clip": (("", "feature-extraction"),),
    "diffusion": (("", "text-to-image"),),
    "decoder": (("", "text-generation"),),
}


def is_sentence_transformer(folder):
    """As the exporter and the serving toolkit tell (huggingface/optimum, TasksManager.infer_library_from_model)."""
    return any(name.startswith("sentence_") or name == "config_sentence_transformers.json" for name in os.listdir(folder))


def infer_task(kind, folder):
    """The task of a model whose user named none."""
    if kind == "text-encoder" and is_sentence_transformer(folder):
        return "feature-extraction"  # a sentence-transformers model may carry the architecture of what it was trained from
    architecture = (read_json(folder, "config.json").get("architectures") or [""])[0]
    return next(task for end, task in ARCHITECTURES[kind] if architecture.endswith(end))


def require(tool, image):
    """The path of a tool of the image."""
    path = shutil.which(tool)
    if not path:
        raise CompileError(f"{tool} is not in the image {image or '(unknown)'}: compile with a Neuron image that has it, Hugging Face's for the exporter optimum")
    return path


def shim(folder, flags, real):
    """
    A `neuronx-cc` that adds flags to the subcommand `compile` and calls the real one. torch_neuronx and libneuronxla both find the
    compiler by its name on PATH; the latter once put options before the subcommand. Every use leaves a mark.
    """
    path = os.path.join(folder, "neuronx-cc")
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            "#!/bin/sh\n"
            "for argument in \"$@\"; do\n"
            "  if [ \"$argument\" = compile ]; then\n"
            f"    : > {shlex.quote(os.path.join(folder, 'used'))}\n"
            f"    exec {shlex.quote(real)} \"$@\" {' '.join(map(shlex.quote, flags))}\n"
            "  fi\n"
            "done\n"
            f"exec {shlex.quote(real)} \"$@\"\n"
        )
    os.chmod(path, 0o755)


def optimum_command(args, task, source, output):
    """The command line of the exporter."""
    command = ["optimum-cli", "export", "neuron", "-m", source, "--task", task, "--instance_type", args.target]
    for name, size in sorted(args.shapes.items()):
        command += [f"--{name}", str(size)]
    if args.kind == "decoder":
        # NxD classes ignore --auto_cast and -O; they take the type of the weights.
        command += ["--tensor_parallel_size", str(args.tensor_parallel_size)]
        if args.torch_dtype:
            command += ["--torch_dtype", args.torch_dtype]
    else:
        command += ["--auto_cast", args.auto_cast]
        if args.auto_cast_type:
            command += ["--auto_cast_type", args.auto_cast_type]
        command += [f"-O{args.opt_level or '2'}", "--disable_neuron_cache"]
        if args.tensor_parallel_size > 1:
            command += ["--tensor_parallel_size", str(args.tensor_parallel_size)]
        else:
            # Left out, the exporter keeps the weights beside the NEFF, and every request moves them to the core unless the server
            # knows that (torch_neuronx.move_trace_to_device).
            command.append("--inline-weights-neff")
        if args.cpu_backend:
            command.append("--disable-validation")
    if args.trust_remote_code:
        command.append("--trust-remote-code")
    command.append(output)
    # optimum-cli joins these with blanks and gives them to a shell.
    unsafe = [part for part in command if not re.fullmatch(r"[\w./-]+", part)]
    if unsafe:
        raise CompileError(f"cannot pass {unsafe[0]!r} to optimum-cli: it hands its arguments to a shell without quotes")
    return command


class PartitionerLog:
    """Operators that the graph partitioner of torch_neuronx says it placed on the CPU (aws-neuron-sdk, graph partitioner note)."""

    def __init__(self):
        self.names, self._cpu = [], False

    def __call__(self, line):
        if "Creating Partition" in line:
            self._cpu = "Device.CPU" in line
        elif self._cpu:
            for name, count in re.findall(r"\b(aten::\w+):(\d+)", line):
                self.names += [name] * int(count)


def optimum(args, task, source, output, context):
    """Exports with optimum; returns what is known of operators on the CPU."""
    require("optimum-cli", args.image)
    real = require("neuronx-cc", args.image)
    more = {}
    shims = context.folder("shim")
    if args.compiler_flag:
        shim(shims, args.compiler_flag, real)
        more["PATH"] = shims + os.pathsep + os.environ.get("PATH", os.defpath)
        if args.kind == "decoder":
            # Else NEFFs that were compiled without the flags may be fetched from the Hub (optimum-neuron, hub_neuronx_cache).
            more["HF_HUB_OFFLINE"] = "1"
    if args.custom_operators:
        more["PYTHONPATH"] = os.pathsep.join(filter(None, (args.custom_operators, os.environ.get("PYTHONPATH"))))
    partitioner = PartitionerLog()
    code, lines = child.run(optimum_command(args, task, source, output), context.log, context.environment(**more), context.scratch, partitioner)
    if code:
        raise child_failure("optimum-cli export neuron", code, lines)
    if args.compiler_flag and not os.path.exists(os.path.join(shims, "used")):
        raise CompileError(f"neuronx-cc was never called through PATH, so {' '.join(args.compiler_flag)} had no effect: leave --compiler-flag out")
    names = sorted(partitioner.names)
    return check_operators(names, args.max_cpu_operators, OPTIMUM_LOG_BASIS if names else OPTIMUM_BASIS)


def check_operators(names, most, basis):
    """The record of operators on the CPU, unless they are too many."""
    if len(names) > most:
        raise CompileError(
            f"neuronx-cc cannot place {len(names)} operators on Neuron, allowed on the CPU are {most}: {', '.join(sorted(set(names)))}. "
            "Change the model, or allow more operators on the CPU"
        )
    return {"count": len(names), "names": sorted(set(names)), "basis": basis}


def trace(args, source, output, context):
    """Traces what the user's compile.py loads; returns the operators on the CPU."""
    require("neuronx-cc", args.image)
    flags = [f"--target={args.target}", f"--auto-cast={'matmult' if args.auto_cast == 'matmul' else args.auto_cast}"]
    if args.auto_cast_type:
        flags.append(f"--auto-cast-type={args.auto_cast_type}")
    order = {
        "script": args.user_script, "source": source, "shapes": args.shapes, "output": os.path.join(output, "model.neuron"),
        "compilerArgs": [*flags, f"--optlevel={args.opt_level or '2'}", *args.compiler_flag], "workdir": context.folder("neuronx-cc"),
        "cpuBackend": args.cpu_backend, "maxCpuOperators": args.max_cpu_operators,
    }
    os.makedirs(output)
    path = os.path.join(context.scratch, "trace.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(order, file)
    # What compiles single operators (analyze) has no compiler_args; inf2 and trn1 are one target (optimum-neuron, utils/instance.py).
    more = {"NEURON_PLATFORM_TARGET_OVERRIDE": "trn2" if args.target == "trn2" else "trn1"}
    folders = (args.user_script, args.custom_operators, os.environ.get("PYTHONPATH"))
    more["PYTHONPATH"] = os.pathsep.join(filter(None, folders))
    code, lines = child.run(context.module("tracer", path), context.log, context.environment(**more), context.folder("trace"))
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    if "unsupported" in report:
        record = check_operators(report["unsupported"], args.max_cpu_operators, report["basis"])
    if code:
        failure = child_failure("torch_neuronx.trace", code, lines)
        if report.get("unsupported") and args.cpu_backend:
            failure.headline += ". A model with operators on the CPU is run while it is traced: compile it in a training job on trn1"
        raise failure
    return record
