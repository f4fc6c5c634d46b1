"""`torch_neuronx.trace` of what the user's compile.py loads, and operators on the CPU."""

import json
import os
import zipfile

from world import SHAPES, World

COMPILE = """
import helper

class Model(dict):
    def eval(self):
        self["name"] += " in evaluation mode"

def load(model_dir, shapes):
    print("loading", sorted(shapes.items()))
    with open(model_dir + "/weights.txt") as file:
        return Model(name=file.read() + helper.SUFFIX), [shapes["batch_size"], 3]
"""
ON_CPU = ["aten::sort", "aten::fft_fft", "aten::sort"]


class Traced(World):
    def setUp(self):
        super().setUp()
        self.user = self.folder("user")
        self.files(self.user, {"compile.py": COMPILE, "helper.py": "SUFFIX = '!'"})
        self.files(self.source, {
            "weights.txt": "resnet", "labels.txt": "cat", "model.safetensors": "w", "pytorch_model-00001-of-00002.bin": "w", "pytorch_model.bin.index.json": "w",
            ".git/HEAD": "x", "model.neuron": "an older one", "code/requirements.txt": "pillow",
        })

    def options(self, **named):
        return {"kind": "vision", "exporter": "trace", "user_script": self.user, **named}

    def traced(self, **named):
        run = self.compile(**self.options(**named))
        return run, [call for call in self.calls("torch_neuronx") if call["call"] == "trace"][-1]


class Trace(Traced):
    def test_the_call(self):
        run, call = self.traced(auto_cast="matmul", auto_cast_type="bf16", opt_level="1", compiler_flag=["--enable-fast-context-switch", "--model-type=generic"])
        self.assertEqual(call["args"], [
            "--target=inf2", "--auto-cast=matmult", "--auto-cast-type=bf16", "--optlevel=1", "--enable-fast-context-switch", "--model-type=generic",
        ])
        self.assertEqual((call["cpuBackend"], call["partitioner"], call["target"], call["token"]), (True, None, "trn1", None))
        scratch = os.path.dirname(call["cwd"])
        self.assertEqual((call["cwd"], call["workdir"]), (f"{scratch}/trace", f"{scratch}/neuronx-cc/trace"))
        self.assertIn(f"loading {sorted(SHAPES['vision'].items())}\n", run.out)

    def test_defaults_and_a_device(self):
        call = self.traced(target="trn2", cpu_backend=None)[1]
        self.assertEqual(call["args"], ["--target=trn2", "--auto-cast=none", "--optlevel=2"])
        self.assertEqual((call["cpuBackend"], call["target"]), (False, "trn2"))

    def test_the_artefact_is_the_module_and_the_sources_other_files(self):
        self.traced()
        content = self.archived()
        self.assertEqual(sorted(content), [
            "code/inference.py", "code/neuron_serving.json", "code/requirements.txt", "labels.txt", "model.neuron", "weights.txt",
        ])
        self.assertEqual(json.loads(content["model.neuron"]), {"inputs": [1, 3], "model": "resnet! in evaluation mode"})
        self.assertEqual(json.loads(content["code/neuron_serving.json"]), {"exporter": "trace", "kind": "vision", "task": "feature-extraction"})
        self.assertEqual(self.manifest()["cpuOperators"], {"count": 0, "names": [], "basis": "torch_neuronx.trace compiles the whole graph for Neuron or fails"})

    def test_code_beside_the_script_wins(self):
        self.files(self.source, {"code/inference.py": "of the source"})
        self.files(self.user, {"code/inference.py": "of the script"})
        self.traced()
        content = self.archived()
        self.assertEqual((content["code/inference.py"], content["code/requirements.txt"]), ("of the script", "pillow"))
        self.assertNotIn("code/neuron_serving.json", content)

    def test_script_and_operators_as_zips(self):
        user, operators = self.folder("zipped"), self.folder("operators")
        with zipfile.ZipFile(os.path.join(user, "a.zip"), "w") as archive:
            archive.writestr("compile.py", COMPILE)
        with zipfile.ZipFile(os.path.join(operators, "b.zip"), "w") as archive:
            archive.writestr("helper.py", "SUFFIX = '?'")
        self.traced(user_script=user, custom_operators=operators)
        content = self.archived()
        self.assertEqual(json.loads(content["model.neuron"])["model"], "resnet? in evaluation mode")
        self.assertEqual(content["custom_operators/helper.py"], "SUFFIX = '?'")

    def test_the_hub_is_downloaded_whole(self):
        self.plan("hub", files={"weights.txt": "resnet", "model.onnx": "x"})
        self.traced(source=None, hub_id="org/model", revision="1")
        self.assertIn("org/model at 1: 2 files, of which 0 are not needed\n", self.compile(**self.options(source=None, hub_id="org/model", revision="1")).out)

    def test_no_compile_py(self):
        os.unlink(os.path.join(self.user, "compile.py"))
        self.assertEqual(
            self.refuse(**self.options()).message,
            "torch_neuronx.trace ended with code 1\nFileNotFoundError: there is no compile.py in the user script: it must define load(model_dir, shapes)",
        )

    def test_a_script_that_fails(self):
        self.files(self.user, {"compile.py": "def load(model_dir, shapes):\n    raise ValueError('no such layer')\n"})
        self.assertEqual(self.refuse(**self.options()).message, "torch_neuronx.trace ended with code 1\nValueError: no such layer")

    def test_memory(self):
        memory = "the host ran out of memory: the compiler was killed by signal 9. Run the compile job on a larger instance, or compile smaller shapes"
        self.plan("torch_neuronx", signal="SIGKILL")
        self.assertEqual(self.refuse(**self.options()).message.split("\n")[0], memory)
        self.plan("torch_neuronx", raises="neuronx-cc failed with -9", unsupported=ON_CPU)
        self.assertEqual(self.refuse(**self.options()).message, f"{memory}\nRuntimeError: neuronx-cc failed with -9")
        self.assertNotIn("analyze", [call["call"] for call in self.calls("torch_neuronx")])


class CpuOperators(Traced):
    def test_none_allowed_none_there(self):
        self.traced()
        self.assertEqual([call["call"] for call in self.calls("torch_neuronx")], ["trace"])

    def test_none_allowed(self):
        self.plan("torch_neuronx", unsupported=ON_CPU)
        self.assertEqual(
            self.refuse(**self.options()).message,
            "neuronx-cc cannot place 3 operators on Neuron, allowed on the CPU are 0: aten::fft_fft, aten::sort. "
            "Change the model, or allow more operators on the CPU",
        )
        self.assertEqual([call["call"] for call in self.calls("torch_neuronx")], ["trace", "analyze"])

    def test_a_failure_that_is_no_operators_fault(self):
        self.plan("torch_neuronx", raises="neuronx-cc failed with 70")
        self.assertEqual(self.refuse(**self.options()).message, "torch_neuronx.trace ended with code 1\nRuntimeError: neuronx-cc failed with 70")

    def test_as_many_as_allowed(self):
        self.plan("torch_neuronx", unsupported=ON_CPU)
        call = self.traced(max_cpu_operators=3)[1]
        scratch = os.path.dirname(call["cwd"])
        self.assertEqual(call["partitioner"], {
            "trace_kwargs": {"compiler_args": ["--target=inf2", "--auto-cast=none", "--optlevel=2"], "compiler_workdir": f"{scratch}/neuronx-cc/trace", "cpu_backend": True},
            "model_support_percentage_threshold": 0,
            "analyze_parameters": {"compiler_workdir": f"{scratch}/neuronx-cc/analyze"},
        })
        self.assertEqual(self.manifest()["cpuOperators"], {"count": 3, "names": ["aten::fft_fft", "aten::sort"], "basis": "torch_neuronx.analyze"})

    def test_one_more_than_allowed(self):
        self.plan("torch_neuronx", unsupported=ON_CPU)
        self.assertEqual(
            self.refuse(**self.options(max_cpu_operators=2)).message,
            "neuronx-cc cannot place 3 operators on Neuron, allowed on the CPU are 2: aten::fft_fft, aten::sort. "
            "Change the model, or allow more operators on the CPU",
        )
        self.assertEqual([call["call"] for call in self.calls("torch_neuronx")], ["analyze"])

    def test_allowed_but_none_there(self):
        call = self.traced(max_cpu_operators=5)[1]
        self.assertIsNone(call["partitioner"])
        self.assertEqual(self.manifest()["cpuOperators"], {"count": 0, "names": [], "basis": "torch_neuronx.analyze"})

    def test_a_partitioned_model_that_needs_a_device(self):
        self.plan("torch_neuronx", unsupported=ON_CPU, raises="NRT initialization failed")
        self.assertEqual(
            self.refuse(**self.options(max_cpu_operators=3)).message,
            "torch_neuronx.trace ended with code 1. A model with operators on the CPU is run while it is traced: compile it in a training job on trn1\n"
            "RuntimeError: NRT initialization failed",
        )
        self.assertEqual(self.refuse(**self.options(max_cpu_operators=3, cpu_backend=None)).message.split("\n")[0], "torch_neuronx.trace ended with code 1")

    def test_a_model_of_transformers_is_analyzed_without_deadlocks(self):
        self.packages = [self.folder("packages"), *self.packages]
        self.files(self.packages[0], {"transformers/__init__.py": "", "transformers/bert.py": "class Bert:\n    name = 'bert'\n    def eval(self): pass\n"})
        self.files(self.user, {"compile.py": "from transformers.bert import Bert\ndef load(model_dir, shapes): return Bert(), [1]\n"})
        self.traced(max_cpu_operators=1)
        self.assertEqual([call["isHf"] for call in self.calls("torch_neuronx") if call["call"] == "analyze"], [True])
