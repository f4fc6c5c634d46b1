"""Which models the serving container cannot serve by itself, and the code/inference.py that they get."""

import json
import os
import pkgutil

from .errors import CompileError

# What HuggingFaceHandlerService serves from a compiled model: it wants `model.neuron` at the root and a static sequence length in
# config.json (sagemaker-huggingface-inference-toolkit, optimum_utils.py, get_input_shapes and get_optimum_neuron_pipeline), and
# its pipeline knows these tasks for text (optimum-neuron, pipelines/transformers/base.py; both read 2026-11-23). So vision and audio
# fail on the sequence length, seq2seq and diffusion on the missing file, CLIP and traced models on the pipeline.
TOOLKIT_TASKS = ("feature-extraction", "fill-mask", "question-answering", "text-classification", "token-classification")

# What serving/inference.py serves.
OUR_TASKS = {
    "text-encoder": (),
    "vision": ("image-classification", "image-segmentation", "semantic-segmentation", "object-detection"),
    "audio": ("automatic-speech-recognition", "audio-classification"),
    "clip": ("feature-extraction", "sentence-similarity", "zero-shot-image-classification"),
    "seq2seq": ("text2text-generation", "summarization", "translation", "automatic-speech-recognition"),
    "diffusion": ("text-to-image", "image-to-image", "inpainting"),
}


def read_json(folder, name):
    """A JSON object of the model; empty when there is none."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            value = json.load(file)
        return value if isinstance(value, dict) else {}
    except (OSError, ValueError):
        return {}


def needed(args, task, sources):
    """Whether the artefact gets our handler. `sources` are the folders whose `code/` goes into it."""
    if args.kind == "decoder" or any(os.path.isfile(os.path.join(folder, "code", "inference.py")) for folder in sources):
        return False
    if args.exporter == "trace":
        return True
    if args.kind == "text-encoder" and task in TOOLKIT_TASKS:
        return False
    if task not in OUR_TASKS[args.kind]:
        served = ", ".join(OUR_TASKS[args.kind] or TOOLKIT_TASKS)
        raise CompileError(
            f"no server knows the task {task} for a compiled model of kind {args.kind} (it knows {served}): "
            "add a code/inference.py to the source, or give another task"
        )
    return True


def write(folder, args, task):
    """Adds our handler to the artefact."""
    code = os.path.join(folder, "code")
    os.makedirs(code, exist_ok=True)
    with open(os.path.join(code, "inference.py"), "wb") as file:
        file.write(pkgutil.get_data(__package__, "serving/inference.py"))
    with open(os.path.join(code, "neuron_serving.json"), "w", encoding="utf-8") as file:
        json.dump({"exporter": args.exporter, "kind": args.kind, "task": task}, file, sort_keys=True)
