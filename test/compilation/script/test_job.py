"""The life of a job: signs of life, stop, retry, the same twice, the manifest."""

import datetime
import json
import os
import re
import shutil
import threading
import time

from script_hash import SCRIPT, script_files, script_hash
from world import ARN, KEY, SHAPES, SIGTERM, TOKEN, World, alive, wait_for


class Output(World):
    def setUp(self):
        super().setUp()
        self.model("text-encoder")

    def test_is_emptied_first(self):
        for layout, old in (("archive", "model/old.bin"), ("files", "model.tar.gz")):
            self.files(self.output, {old: "x", "manifest.json": "{}", ".hidden/file": "x", "model/code/inference.py": "x"})
            outside = self.folder("outside")
            self.files(outside, {"keep": "x"})
            os.symlink(outside, os.path.join(self.output, "link"))
            self.compile(layout=layout)
            self.assertEqual(sorted(os.listdir(self.output)), ["manifest.json", "model.tar.gz"] if layout == "archive" else ["manifest.json", "model"])
            self.assertEqual(os.listdir(outside), ["keep"])
        self.assertEqual(sorted(os.listdir(os.path.join(self.output, "model"))), ["config.json", "model.neuron", "tokenizer.json"])

    def test_a_failed_attempt_leaves_none_of_an_earlier_one(self):
        self.compile()
        self.plan("optimum", code=1)
        self.refuse()
        self.plan("optimum", mark="again")
        self.compile()
        self.assertEqual(self.archived()["model.neuron"], "compiled again\n")

    def test_the_same_inputs_give_the_same_bytes(self):
        archives = []
        for attempt in range(2):
            self.compile()
            with open(os.path.join(self.output, "model.tar.gz"), "rb") as file:
                archives.append(file.read())
            os.utime(os.path.join(self.source, "config.json"), (attempt, attempt))
            os.umask(0o077 if attempt == 0 else 0o022)
            time.sleep(1.1)
        self.assertEqual(archives[0], archives[1])

    def test_the_archive_holds_no_times_owners_or_links(self):
        import tarfile

        self.compile()
        with tarfile.open(os.path.join(self.output, "model.tar.gz")) as tar:
            members = tar.getmembers()
        self.assertEqual([member.name for member in members], ["config.json", "model.neuron", "tokenizer.json"])
        for member in members:
            self.assertEqual((member.mtime, member.uid, member.gid, member.uname, member.gname, member.mode, member.isfile()), (0, 0, 0, "", "", 0o644, True))

    def test_the_manifest_is_written_last(self):
        order = []

        def watch():
            while not order or order[-1] != "manifest.json":
                for name in sorted(os.listdir(self.output)) if os.path.isdir(self.output) else ():
                    if name not in order:
                        order.append(name)

        self.plan("optimum", writes={f"file{number}": "x" * 200_000 for number in range(20)})
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        self.compile()
        watcher.join(10)
        self.assertEqual([name for name in order if not name.endswith(".part")], ["model.tar.gz", "manifest.json"])


class Manifest(World):
    def test_all_of_it(self):
        self.model("text-encoder")
        before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.compile(auto_cast="all", auto_cast_type="fp8_e4m3", opt_level="3", target="trn2", tensor_parallel_size=1, compiler_flag=["--x"])
        manifest = self.manifest()
        created = datetime.datetime.strptime(manifest.pop("createdAt"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
        self.assertTrue(before <= created <= datetime.datetime.now(datetime.timezone.utc))
        seconds = manifest.pop("compileSeconds")
        self.assertTrue(0 < seconds < 30, seconds)
        self.assertEqual(re.fullmatch(r"3\.\d+\.\d+", manifest["versions"].pop("python")) is not None, True)
        self.assertEqual([entry["path"] for entry in manifest.pop("files")], ["config.json", "model.neuron", "tokenizer.json"])
        self.assertEqual(sorted(manifest.pop("artifact")), ["layout", "path", "sha256", "size"])
        self.assertEqual(manifest, {
            "schemaVersion": 1, "key": KEY, "scriptVersion": 3, "sdk": "2.26.0", "image": "hf:2.8.0-sdk2.26.0", "kind": "text-encoder",
            "task": "feature-extraction", "target": "trn2", "exporter": "optimum", "source": None, "shapes": SHAPES["text-encoder"],
            "precision": {"autoCast": "all", "autoCastType": "fp8_e4m3"}, "optimizationLevel": 3, "tensorParallelDegree": 1, "compilerFlags": ["--x"],
            "versions": {"optimum-neuron": "0.4.5", "neuronx-cc": "2.21.18209.0", "torch-neuronx": "2.8.0.2.10", "transformers": "4.55.4"},
            "cpuOperators": {
                "count": 0, "names": [], "basis": "optimum-cli traces the whole graph for Neuron or fails; its log names no operator on the CPU",
            },
        })

    def test_of_a_decoder(self):
        self.model("decoder")
        self.compile("decoder", torch_dtype="bfloat16", tensor_parallel_size=2)
        manifest = self.manifest()
        self.assertEqual((manifest["precision"], manifest["optimizationLevel"], manifest["tensorParallelDegree"]), ({"torchDtype": "bfloat16"}, None, 2))
        self.compile("decoder")
        self.assertEqual(self.manifest()["precision"], {"torchDtype": "float32"})

    def test_without_what_nobody_said(self):
        self.model("text-encoder")
        self.compile(sdk=None, image=None)
        manifest = self.manifest()
        self.assertEqual((manifest["sdk"], manifest["image"], manifest["precision"], manifest["optimizationLevel"]), (None, None, {"autoCast": "none", "autoCastType": None}, 2))


class SignsOfLife(World):
    def setUp(self):
        super().setUp()
        self.model("text-encoder")
        self.env["NEURON_COMPILATION_HEARTBEAT"] = "0.2"

    def test_a_line_in_silence_with_the_last_progress(self):
        self.plan("optimum", prints=["start\n", "Weights:  10%|#    | 1/10\r", "Weights:  20%|##   | 2/10\r", "", "", "end\n"], pause=0.15)
        out = self.compile().out
        self.assertRegex(out, r"start\n(?:.*\n)*still running after \d+ s, [\d.]+ GiB of memory available: Weights:  10%\|#    \| 1/10\n(?:.*\n)*end\n")
        self.assertNotRegex(out, r"(?m)^Weights")

    def test_lines_come_at_once(self):
        self.env["NEURON_COMPILATION_HEARTBEAT"] = "60"
        self.plan("optimum", prints=["compiling\n"], sleep=30)
        process = self.start(self.arguments())
        seen = []
        for line in process.stdout:
            seen.append(line)
            if line == "compiling\n":
                break
        process.send_signal(SIGTERM)
        self.finish(process)
        self.assertEqual(seen[-1], "compiling\n")

    def test_output_without_an_end_of_line_and_not_utf8(self):
        self.plan("optimum", prints=["windows\r\n", "no end"])
        out = self.compile().out
        self.assertIn("windows\nno end\ncompiled in", out)

    def test_a_daemon_that_outlives_the_exporter_does_not_hold_the_job(self):
        self.plan("optimum", sleep=0)
        started = time.monotonic()
        self.compile()
        self.assertLess(time.monotonic() - started, 15)
        self.assertFalse(alive(wait_for(os.path.join(self.root, "grandchild"))))


class Stop(World):
    def test_sigterm_ends_children_and_says_so(self):
        self.model("text-encoder")
        self.files(self.output, {"old": "x"})
        self.plan("optimum", sleep=60)
        process = self.start(self.arguments())
        grandchild = wait_for(os.path.join(self.root, "grandchild"))
        self.assertTrue(alive(grandchild))
        started = time.monotonic()
        process.send_signal(SIGTERM)
        run = self.finish(process)
        self.assertLess(time.monotonic() - started, 8)
        self.assertEqual(run.code, 143)
        self.assertEqual(run.message, "the compile job was stopped (SIGTERM): somebody stopped it, or its maximum runtime is over")
        self.assertEqual(run.err, f"compilation failed: {run.message}\n")
        self.assertFalse(alive(grandchild))
        self.assertEqual(os.listdir(self.output), [])
        self.clean()

    def test_a_child_that_does_not_listen_is_killed(self):
        self.model("vision")
        user = self.folder("user")
        started = os.path.join(self.root, "started")
        self.files(user, {"compile.py": (
            "import os, signal, time\n"
            "def load(model_dir, shapes):\n"
            "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            f"    open({started!r}, 'w').write(str(os.getpid()))\n"
            "    time.sleep(60)\n"
        )})
        process = self.start(self.arguments("vision", "trace", user_script=user))
        pid = wait_for(started)
        process.send_signal(SIGTERM)
        self.assertEqual(self.finish(process).code, 143)
        self.assertFalse(alive(pid))

    def test_while_the_token_is_read(self):
        self.packages = [self.folder("slow"), *self.packages]
        started = os.path.join(self.root, "started")
        self.files(self.packages[0], {"boto3.py": (
            f"import time\ndef client(*_, **__):\n    open({started!r}, 'w').write('1')\n    time.sleep(60)\n"
        )})
        process = self.start(self.arguments(source=None, hub_id="a/b", revision="1", token_secret=ARN))
        wait_for(started)
        process.send_signal(SIGTERM)
        self.assertEqual(self.finish(process).code, 143)


class Unexpected(World):
    def test_a_fault_of_the_script_is_told_without_secrets(self):
        self.plan("hub", files={"config.json": "{}"})
        self.plan("secrets", **{ARN: {"region": "eu-west-1", "value": TOKEN}})
        self.plan("optimum", links={TOKEN.replace("/", "-"): "/nowhere"})
        run = self.refuse(source=None, hub_id="a/b", revision="1", token_secret=ARN)
        self.assertRegex(run.message, r"^the compile script failed: FileNotFoundError: \[Errno 2\] No such file or directory: ")
        self.assertIn("Traceback (most recent call last):", run.err)
        self.assertNotIn(TOKEN, self.everything(run))

    def test_a_full_disk_of_our_own(self):
        self.model("text-encoder")
        packages = self.folder("patch")
        self.packages = [packages, *self.packages]
        self.files(packages, {"sitecustomize.py": (
            "import errno, gzip, sys\n"
            "def full(*_, **__):\n    raise OSError(errno.ENOSPC, 'No space left on device')\n"
            "gzip.GzipFile = full\n"
        )})
        self.assertEqual(self.refuse().message, "the volume is full. Give the compile job a larger volume\n[Errno 28] No space left on device")


class Shipped(World):
    def test_the_files(self):
        self.assertEqual(script_files(), [
            "__main__.py", *(f"neuron_compile/{name}.py" for name in (
                "__init__", "arguments", "artifact", "child", "cli", "context", "download", "errors", "export", "handler", "manifest", "serving/inference",
                "source", "tracer",
            )),
        ])

    def test_they_are_python_3_9_and_need_no_package(self):
        import ast
        import sys

        lazy = {
            "boto3", "huggingface_hub", "torch", "torch_neuronx", "optimum", "transformers", "PIL", "neuron_compile",
        }
        for path in script_files():
            with open(os.path.join(SCRIPT, path), encoding="utf-8") as file:
                tree = ast.parse(file.read(), feature_version=(3, 9))
            top = {id(node) for node in tree.body}
            for node in ast.walk(tree):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else \
                    [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
                for module in (name.split(".")[0] for name in names):
                    if module not in sys.stdlib_module_names:
                        self.assertIn(module, lazy, path)
                        self.assertTrue(id(node) not in top or module == "neuron_compile", f"{path} imports {module} at once")

    def test_no_file_is_long(self):
        for path in script_files():
            with open(os.path.join(SCRIPT, path), encoding="utf-8") as file:
                self.assertLessEqual(len(file.readlines()), 400, path)

    def test_the_hash_is_over_paths_sizes_and_bytes(self):
        folder = self.folder("script")
        self.files(folder, {"b/ä.py": "é", "a.py": "", "__pycache__/x.py": "no", "b/c.pyc": "no", "b-.py": "x"})
        self.assertEqual(script_files(folder), ["a.py", "b-.py", "b/ä.py"])
        import hashlib

        expected = hashlib.sha256(b"a.py\x000\x00" + b"b-.py\x001\x00x" + "b/ä.py\x002\x00é".encode()).hexdigest()
        self.assertEqual(script_hash(folder), expected)
        self.assertEqual(len(script_hash()), 64)
        shutil.copytree(SCRIPT, os.path.join(self.root, "copy"), ignore=shutil.ignore_patterns("__pycache__"))
        self.assertEqual(script_hash(os.path.join(self.root, "copy")), script_hash())
        self.files(self.root, {"copy/__main__.py": json.dumps("changed")})
        self.assertNotEqual(script_hash(os.path.join(self.root, "copy")), script_hash())
