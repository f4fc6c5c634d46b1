"""manifest.json: what was compiled, with what, how long it took, and what came out."""

import datetime
import importlib.metadata
import json
import os
import platform

SCHEMA_VERSION = 1
TOOLS = (
    "optimum-neuron", "optimum", "neuronx-cc", "torch-neuronx", "torch", "libneuronxla", "neuronx-distributed", "transformers", "diffusers",
    "sentence-transformers", "huggingface-hub",
)


def versions():
    """Versions of the tools of the image, of those that are there."""
    found = {"python": platform.python_version()}
    for tool in TOOLS:
        try:
            found[tool] = importlib.metadata.version(tool)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def write(args, task, stored, listed, seconds, operators, context):
    """Writes the manifest; call it last, it says that the rest is complete."""
    if args.kind == "decoder":
        precision = {"torchDtype": args.torch_dtype or "float32"}
    else:
        precision = {"autoCast": args.auto_cast, "autoCastType": args.auto_cast_type}
    manifest = {
        "schemaVersion": SCHEMA_VERSION,
        "key": args.key,
        "scriptVersion": args.script_version,
        "sdk": args.sdk,
        "image": args.image,
        "kind": args.kind,
        "task": task,
        "target": args.target,
        "exporter": args.exporter,
        "source": {"hubId": args.hub_id, "revision": args.revision} if args.hub_id else None,
        "shapes": args.shapes,
        "precision": precision,
        "optimizationLevel": None if args.kind == "decoder" else int(args.opt_level or 2),
        "tensorParallelDegree": args.tensor_parallel_size,
        "compilerFlags": args.compiler_flag,
        "versions": versions(),
        "compileSeconds": round(seconds, 3),
        "cpuOperators": operators,
        "artifact": stored,
        "files": listed,
        "createdAt": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    path = os.path.join(args.output, "manifest.json")
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(context.log.redact(json.dumps(manifest, indent=2)) + "\n")
    os.replace(path + ".part", path)
