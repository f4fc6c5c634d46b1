"""torch_neuronx.trace, analyze and PartitionerConfig with the signatures of SDK 2.26 (aws-neuron-sdk, API reference)."""
import json
import os
import signal

WORLD = os.environ["FAKE_WORLD"]


def _plan():
    path = os.path.join(WORLD, "torch_neuronx.json")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _note(**call):
    with open(os.path.join(WORLD, "torch_neuronx.jsonl"), "a", encoding="utf-8") as log:
        log.write(json.dumps(call) + "\n")


class PartitionerConfig:
    def __init__(self, *, trace_kwargs=None, model_support_percentage_threshold=0.5, min_subgraph_size=-1, max_subgraph_count=-1,
                 ops_to_partition=None, analyze_parameters=None):
        self.trace_kwargs = trace_kwargs
        self.model_support_percentage_threshold = model_support_percentage_threshold
        self.analyze_parameters = analyze_parameters


def analyze(func, example_inputs, compiler_workdir=None, additional_ignored_ops=frozenset(), max_workers=4, is_hf_transformers=False, cleanup=False):
    _note(call="analyze", workdir=compiler_workdir, isHf=is_hf_transformers)
    unsupported = [{"kind": kind, "failureAt": "neuronx-cc", "call": "", "opGraph": ""} for kind in _plan().get("unsupported", [])]
    return {"support_percentage": "90.00%", "supported_operators": {"aten::linear": 3}, "unsupported_operators": unsupported}


def trace(func, example_inputs, *_, input_output_aliases={}, compiler_workdir=None, compiler_args=None, partitioner_config=None,
          inline_weights_to_neff=True, cpu_backend=False):
    plan = _plan()
    partitioner = vars(partitioner_config) if partitioner_config else None
    _note(call="trace", args=compiler_args, workdir=compiler_workdir, cpuBackend=cpu_backend, partitioner=partitioner,
          cwd=os.getcwd(), target=os.environ.get("NEURON_PLATFORM_TARGET_OVERRIDE"), token=os.environ.get("HF_TOKEN"))
    with open("orig_trace.pt", "w", encoding="utf-8") as file:  # the partitioner writes into its working directory
        file.write("x")
    if plan.get("signal"):
        os.kill(os.getpid(), getattr(signal, plan["signal"]))
    if plan.get("raises") or (plan.get("unsupported") and not partitioner):
        raise RuntimeError(plan.get("raises", "neuronx-cc failed with 70"))
    return {"model": func["name"] if isinstance(func, dict) else func.name, "inputs": example_inputs}
