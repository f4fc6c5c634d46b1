"""
Child: traces a model with torch_neuronx (API: aws-neuron-sdk, api-torch-neuronx-trace and -analyze, read 2026-11-23).

The user's compile.py defines `load(model_dir: str, shapes: dict) -> (model, example_inputs)`.
"""

import importlib.util
import json
import os
import sys


def load(script, source, shapes):
    """What the user's script makes of the source."""
    path = os.path.join(script, "compile.py")
    if not os.path.isfile(path):
        raise FileNotFoundError("there is no compile.py in the user script: it must define load(model_dir, shapes)")
    spec = importlib.util.spec_from_file_location("neuron_user_compile", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.load(source, shapes)


def analyze(torch_neuronx, model, inputs, workdir):
    """Kinds of the operators that neuronx-cc does not support, one entry for each place in the model."""
    more = {"is_hf_transformers": True} if type(model).__module__.startswith("transformers.") else {}  # else analyze may deadlock
    report = torch_neuronx.analyze(model, inputs, compiler_workdir=os.path.join(workdir, "analyze"), **more)
    return [operator["kind"] for operator in report["unsupported_operators"]]


def main(path):
    """Traces what the file at `path` asks for; adds the operators on the CPU to it."""
    with open(path, encoding="utf-8") as file:
        order = json.load(file)

    def found(unsupported, basis):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"unsupported": unsupported, "basis": basis}, file)
        return unsupported

    model, inputs = load(order["script"], order["source"], order["shapes"])
    if hasattr(model, "eval"):
        model.eval()

    import torch
    import torch_neuronx

    workdir = order["workdir"]
    options = {"compiler_args": order["compilerArgs"], "compiler_workdir": os.path.join(workdir, "trace")}
    if order["cpuBackend"]:
        options["cpu_backend"] = True
    if order["maxCpuOperators"]:
        operators = found(analyze(torch_neuronx, model, inputs, workdir), "torch_neuronx.analyze")
        if len(operators) > order["maxCpuOperators"]:
            return 1
        if operators:
            options = {"partitioner_config": torch_neuronx.PartitionerConfig(
                trace_kwargs=options,
                model_support_percentage_threshold=0,  # how many is decided by the count above
                analyze_parameters={"compiler_workdir": os.path.join(workdir, "analyze")},
            )}
    try:
        traced = torch_neuronx.trace(model, inputs, **options)
    except Exception as error:
        if not order["maxCpuOperators"] and "failed with -9" not in str(error):
            print("the model cannot be compiled as a whole: looking for the operators that are to blame", flush=True)
            found(analyze(torch_neuronx, model, inputs, workdir), "torch_neuronx.analyze")
        raise
    torch.jit.save(traced, order["output"])
    if not order["maxCpuOperators"]:
        found([], "torch_neuronx.trace compiles the whole graph for Neuron or fails")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
