"""
Training jobs with the real launcher in a child process. Of the image only torchrun and what counts devices are fake, see fakes/.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
LAUNCHER = os.path.normpath(os.path.join(HERE, "..", "..", "..", "src", "training", "launcher"))
sys.path.insert(0, LAUNCHER)

import launch  # noqa: E402  pylint: disable=wrong-import-position

# A script that notes how it was started.
NOTE = """\
import json, os, sys
rank = os.environ.get("RANK", "0")
with open(os.path.join(os.environ["FAKE_WORLD"], f"script-{rank}.json"), "w", encoding="utf-8") as file:
    json.dump({"argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "path": sys.path}, file)
"""


class Run:
    """How a launcher ended."""

    def __init__(self, code, out, err, failure):
        self.code, self.out, self.err, self.failure = code, out, err, failure


class World(unittest.TestCase):
    """One host of a job per root."""

    maxDiff = None

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="training-")
        self.addCleanup(shutil.rmtree, self.root, True)
        self.bin = os.path.join(self.root, "bin")
        for tool in os.listdir(os.path.join(HERE, "fakes", "bin")):
            with open(os.path.join(HERE, "fakes", "bin", tool), encoding="utf-8") as file:
                self.tool(tool, file.read().split("\n", 1)[1])
        self.config(resourceconfig={"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0", "current_instance_type": "ml.trn1.32xlarge"})
        self.script(NOTE)
        self.env = {}

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def tool(self, name, body):
        """An executable of the image, run by this python."""
        os.chmod(self.write(os.path.join("bin", name), f"#!{sys.executable} -B\n{body}"), 0o755)

    def config(self, **files):
        for name, content in files.items():
            self.write(f"input/config/{name}.json", content if isinstance(content, str) else json.dumps(content))

    def hyperparameters(self, **values):
        """Encoded as the construct encodes them."""
        self.config(hyperparameters={name: json.dumps(value) for name, value in values.items()})

    def script(self, text, path="train.py"):
        self.write(os.path.join("code", path), text)

    def start(self, **more):
        env = {
            "PATH": os.pathsep.join((self.bin, "/usr/bin", "/bin")), "PYTHONDONTWRITEBYTECODE": "1", "TRAINING_ROOT": self.root, "FAKE_WORLD": self.root,
            "TRAINING_ENTRY_POINT": "train.py", "TRAINING_LAUNCHER": "torchrun", "TRAINING_PROCESSES_PER_NODE": "2", **self.env, **more,
        }
        return subprocess.Popen(
            [sys.executable, os.path.join(LAUNCHER, "launch.py")], env={name: value for name, value in env.items() if value is not None},
            cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )

    def finish(self, process):
        out, err = process.communicate(timeout=60)
        path = os.path.join(self.root, "output", "failure")
        failure = None
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                failure = file.read()
            self.assertLessEqual(len(failure.encode("utf-8")), 1024)
        return Run(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), failure)

    def launch(self, **more):
        return self.finish(self.start(**more))

    def succeed(self, **more):
        run = self.launch(**more)
        self.assertEqual((run.code, run.failure, run.err), (0, None, ""), run.out)
        return run

    def broken(self, code, **more):
        run = self.launch(**more)
        self.assertEqual(run.code, code, run.out + run.err)
        self.assertIsNotNone(run.failure, run.out)
        return run.failure

    def python(self, **more):
        return self.succeed(TRAINING_LAUNCHER="python", **more)

    def noted(self, rank=0):
        with open(os.path.join(self.root, f"script-{rank}.json"), encoding="utf-8") as file:
            return json.load(file)

    def torchruns(self):
        with open(os.path.join(self.root, "torchrun.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def wait_for(self, name):
        path, end = os.path.join(self.root, name), time.monotonic() + 30
        while not os.path.exists(path):
            self.assertLess(time.monotonic(), end, f"{name} was not written")
            time.sleep(0.02)


class Launchers(World):
    def test_torchrun_on_one_host(self):
        self.hyperparameters(epochs=3, lr=1e-5)
        run = self.succeed()
        [call] = self.torchruns()
        self.assertEqual(call["argv"], ["--nnodes", "1", "--nproc_per_node", "2", "train.py", "--epochs", "3", "--lr", "1e-05"])
        self.assertIsNone(call["wrapped"])
        self.assertEqual([self.noted(rank)["env"]["WORLD_SIZE"] for rank in range(2)], ["2", "2"])
        self.assertEqual(self.noted()["argv"], ["--epochs", "3", "--lr", "1e-05"])
        self.assertEqual(os.path.realpath(self.noted()["cwd"]), os.path.realpath(os.path.join(self.root, "code")))
        self.assertIn("running: torchrun --nnodes 1 --nproc_per_node 2 train.py --epochs 3 --lr 1e-05\n", run.out)

    def test_two_hosts_find_the_first(self):
        hosts = ["localhost", "127.0.0.1"]
        self.hyperparameters(epochs=3)
        runs = []
        for host in reversed(hosts):
            self.config(resourceconfig={"current_host": host, "hosts": hosts, "network_interface_name": "eth1"})
            runs.append(self.start())
            self.wait_for(f"script-{2 * hosts.index(host) + 1}.json")
        self.assertEqual([self.finish(run).code for run in runs], [0, 0])
        self.assertEqual([call["argv"] for call in self.torchruns()], [
            ["--nnodes", "2", "--nproc_per_node", "2", "--master_addr", "localhost", "--master_port", "7777", "--node_rank", str(rank), "train.py", "--epochs", "3"]
            for rank in (1, 0)
        ])
        self.assertEqual([self.noted(rank)["env"]["WORLD_SIZE"] for rank in range(4)], ["4"] * 4)
        self.assertEqual(self.noted(3)["env"]["SM_CURRENT_HOST"], "127.0.0.1")
        self.assertEqual(self.noted(3)["env"]["NCCL_SOCKET_IFNAME"], "eth1")

    def test_a_host_without_a_name(self):
        self.config(resourceconfig={"current_host": "localhost", "hosts": ["localhost", "algo-2.invalid"]})
        self.assertEqual(self.broken(1, TRAINING_HOSTS_TIMEOUT="0"), "the name of host algo-2.invalid is not known: it did not start, or the network keeps the hosts apart")

    def test_python(self):
        self.python()
        self.assertFalse(os.path.exists(os.path.join(self.root, "torchrun.jsonl")))
        noted = self.noted()
        self.assertEqual(noted["argv"], [])
        self.assertEqual((noted["env"]["MASTER_ADDR"], noted["env"]["MASTER_PORT"]), ("algo-1", "7777"))

    def test_torchrun_is_the_default(self):
        self.succeed(TRAINING_LAUNCHER=None)
        self.assertNotIn("MASTER_ADDR", self.noted()["env"])
        self.assertEqual(len(self.torchruns()), 1)

    def test_parallel_compilation_comes_in_front(self):
        self.succeed(RUN_NEURON_PARALLEL_COMPILE="1")
        self.assertEqual([(call["argv"][-1], call["wrapped"]) for call in self.torchruns()], [("train.py", "1")])
        run = self.python(RUN_NEURON_PARALLEL_COMPILE="1")
        self.assertIn(f"running: neuron_parallel_compile {sys.executable} train.py\n", run.out)
        self.succeed(RUN_NEURON_PARALLEL_COMPILE="0")
        self.assertIsNone(self.torchruns()[-1]["wrapped"])

    def test_an_image_without_the_tools(self):
        os.unlink(os.path.join(self.bin, "torchrun"))
        self.assertEqual(self.broken(127), "torchrun is not in the image: use another launcher, or another image")
        os.unlink(os.path.join(self.bin, "neuron_parallel_compile"))
        os.unlink(os.path.join(self.root, "output", "failure"))
        self.assertEqual(self.broken(127, RUN_NEURON_PARALLEL_COMPILE="1"), "neuron_parallel_compile is not in the image: use another launcher, or another image")

    def test_an_entry_in_a_folder_imports_from_the_top(self):
        self.script(NOTE + "import helper\nprint('helped', helper.VALUE)", "deep/er/main.py")
        self.script("VALUE = 42", "helper.py")
        run = self.succeed(TRAINING_ENTRY_POINT="deep/er/main.py", PYTHONPATH="/elsewhere")
        self.assertIn("helped 42\n", run.out)
        self.assertIn("/elsewhere", self.noted()["path"])

    def test_an_entry_that_looks_like_an_option(self):
        self.script(NOTE, "-x.py")
        self.python(TRAINING_ENTRY_POINT="-x.py")

    def test_wrong_variables(self):
        for message, variables in {
            "TRAINING_ENTRY_POINT is 'none.py': there is no such file in {code}": {"TRAINING_ENTRY_POINT": "none.py"},
            "TRAINING_ENTRY_POINT is '': there is no such file in {code}": {"TRAINING_ENTRY_POINT": None},
            "TRAINING_LAUNCHER is 'mpirun': torchrun or python": {"TRAINING_LAUNCHER": "mpirun"},
            "TRAINING_PROCESSES_PER_NODE is '0': a whole number of at least 1": {"TRAINING_PROCESSES_PER_NODE": "0"},
            "TRAINING_PROCESSES_PER_NODE is '2x': a whole number of at least 1": {"TRAINING_PROCESSES_PER_NODE": "2x"},
            "TRAINING_PROCESSES_PER_NODE is '': a whole number of at least 1": {"TRAINING_PROCESSES_PER_NODE": None},
        }.items():
            with self.subTest(message):
                self.assertEqual(self.broken(1, **variables), message.format(code=os.path.join(self.root, "code")))
                os.unlink(os.path.join(self.root, "output", "failure"))


class Config(World):
    def test_no_hyperparameters_at_all(self):
        self.python()
        self.assertEqual((self.noted()["argv"], self.noted()["env"]["SM_HPS"], self.noted()["env"]["SM_USER_ARGS"]), ([], "{}", "[]"))
        self.config(hyperparameters={})
        self.python()
        self.assertEqual(self.noted()["argv"], [])

    def test_no_files_at_all(self):
        shutil.rmtree(os.path.join(self.root, "input"))
        self.python()
        env = self.noted()["env"]
        self.assertEqual((env["SM_HOSTS"], env["SM_CURRENT_HOST"], env["SM_CHANNELS"], env["SM_NETWORK_INTERFACE_NAME"]), ('["algo-1"]', "algo-1", "[]", "eth0"))

    def test_broken_files(self):
        for content, message in {"{": "is not JSON", "[]": "is not an object"}.items():
            self.config(hyperparameters=content)
            self.assertEqual(self.broken(1), f"{self.root}/input/config/hyperparameters.json {message}")
            os.unlink(os.path.join(self.root, "output", "failure"))

    def test_a_host_that_is_not_among_the_hosts(self):
        self.config(resourceconfig={"current_host": "algo-3", "hosts": ["algo-1", "algo-2"]})
        self.assertEqual(self.broken(1), "resourceconfig.json: algo-3 is none of algo-1, algo-2")

    def test_arguments_as_the_toolkit_makes_them(self):
        self.config(hyperparameters={
            "epochs": "3", "text": '"abc"', "bare": "abc", "flag": "true", "off": "false", "python": "False", "lr": "1e-5", "version": "1.10", "quoted": '"1.10"',
            "nothing": "null", "empty": "", "blank": '""', "map": '{"b":[2,"x"],"a":1}', "list": '[1,"a",null,true]', "k": "1", "Z": "2", "nan": "NaN",
            "sagemaker_program": '"train.py"', "sagemaker_anything": "1", "default_user_module_name": "1", "_tuning_objective_metric": "loss",
            "spaces": '"a b  c"', "lines": '"a\\nb"', "quote": '"\\"\'$(id)`;&"', "letters": '"äö 漢字 😀"', "--": '"-1"', "big": "123456789012345678901234567890",
        })
        self.python()
        self.assertEqual(self.noted()["argv"], [
            "----", "-1", "-Z", "2", "--bare", "abc", "--big", "123456789012345678901234567890", "--blank", "", "--empty", "", "--epochs", "3", "--flag", "True",
            "-k", "1", "--letters", "äö 漢字 😀", "--lines", "a\nb", "--list", "[1, 'a', None, True]", "--lr", "1e-05", "--map", "a=1,b=[2, 'x']", "--nan", "nan",
            "--nothing", "", "--off", "False", "--python", "False", "--quote", "\"'$(id)`;&", "--quoted", "1.10", "--spaces", "a b  c", "--text", "abc",
            "--version", "1.1",
        ])

    def test_values_that_are_no_text(self):
        self.config(hyperparameters={"number": 3, "map": {"a": None}, "none": None, "deep": "[" * 2500, "": '"nameless"'})
        self.python()
        self.assertEqual(self.noted()["argv"], ["", "nameless", "--deep", "[" * 2500, "--map", "a=None", "--none", "", "--number", "3"])

    def test_values_that_no_process_takes(self):
        for value in '"a\\u0000b"', '"\\ud800"':
            self.config(hyperparameters={"a": "1", "odd": value})
            self.assertEqual(self.broken(1), "hyperparameter 'odd' holds what no argument can: a NUL, or half a surrogate pair")
            os.unlink(os.path.join(self.root, "output", "failure"))

    def test_all_that_the_service_takes_at_once(self):
        values = {f"name{number}": "x" * 2400 for number in range(100)}
        self.hyperparameters(**values)
        run = self.python()
        self.assertEqual(self.noted()["argv"], [part for name in sorted(values) for part in (f"--{name}", values[name])])
        self.assertIn("SM_HPS is left out: it is longer than a variable may be\n", run.out)
        self.assertNotIn("SM_HPS", self.noted()["env"])
        self.assertEqual(self.noted()["env"]["SM_HP_NAME0"], "x" * 2400)

    def test_random_values_arrive(self):
        dice = random.Random(20261123)

        def text(least=0):
            return "".join(dice.choice("abcXYZ019 \t\n'\"\\$`%&;|<>{}[]=,-_.äß漢😀\u2028") for _ in range(dice.randrange(least, 12)))

        def value(depth=0):
            kind = dice.randrange(6 if depth > 1 else 8)
            return (
                text() if kind < 2 else dice.randrange(-10**12, 10**12) if kind == 2 else dice.uniform(-1, 1) * 10 ** dice.randrange(-300, 300) if kind == 3
                else dice.choice([True, False]) if kind == 4 else None if kind == 5
                else [value(depth + 1) for _ in range(dice.randrange(4))] if kind == 6 else {text(): value(depth + 1) for _ in range(dice.randrange(4))}
            )

        def rendered(item):
            if item is None:
                return ""
            return ",".join(f"{key}={item[key]}" for key in sorted(item)) if isinstance(item, dict) else str(item)

        for _ in range(8):
            values = {text(1): value() for _ in range(80)}
            self.hyperparameters(**values)
            self.python()
            expected = [part for name in sorted(values) for part in ((f"--{name}" if len(name) > 1 else f"-{name}"), rendered(values[name]))]
            self.assertEqual(self.noted()["argv"], expected)
            self.assertEqual(json.loads(self.noted()["env"]["SM_HPS"]), values)
            self.assertEqual(json.loads(self.noted()["env"]["SM_USER_ARGS"]), expected)


class Variables(World):
    def test_all_of_them(self):
        self.hyperparameters(epochs=3, name="a b", tags={"b": 1, "a": [2]}, sagemaker_program="x.py")
        self.config(inputdataconfig={"train": {"TrainingInputMode": "File"}, "code": {}, "my-data": {}})
        self.tool("nvidia-smi", "print('GPU 0: A100\\nGPU 1: A100\\n')")
        self.tool("neuron-ls", "print('[{\"nc_count\": 2}, {\"nc_count\": 2, \"x\": 1}]')")
        self.python()
        env = self.noted()["env"]
        self.assertEqual({name: value for name, value in env.items() if name.startswith("SM_") and name != "SM_NUM_CPUS"}, {
            "SM_HOSTS": '["algo-1"]', "SM_CURRENT_HOST": "algo-1", "SM_NETWORK_INTERFACE_NAME": "eth0", "SM_CURRENT_INSTANCE_TYPE": "ml.trn1.32xlarge",
            "SM_CHANNELS": '["code","my-data","train"]', "SM_CHANNEL_TRAIN": f"{self.root}/input/data/train", "SM_CHANNEL_CODE": f"{self.root}/input/data/code",
            "SM_CHANNEL_MY-DATA": f"{self.root}/input/data/my-data", "SM_HPS": '{"epochs":3,"name":"a b","tags":{"a":[2],"b":1}}',
            "SM_HP_EPOCHS": "3", "SM_HP_NAME": "a b", "SM_HP_TAGS": '{"a":[2],"b":1}', "SM_USER_ARGS": '["--epochs","3","--name","a b","--tags","a=[2],b=1"]',
            "SM_USER_ENTRY_POINT": "train.py", "SM_MODEL_DIR": f"{self.root}/model", "SM_INPUT_DIR": f"{self.root}/input",
            "SM_INPUT_CONFIG_DIR": f"{self.root}/input/config", "SM_OUTPUT_DIR": f"{self.root}/output", "SM_OUTPUT_DATA_DIR": f"{self.root}/output/data",
            "SM_NUM_GPUS": "2", "SM_NUM_NEURONS": "4",
        })
        self.assertEqual(int(env["SM_NUM_CPUS"]), os.cpu_count())
        for directory in "model", "output/data":
            self.assertTrue(os.path.isdir(os.path.join(self.root, directory)))

    def test_an_image_without_devices(self):
        self.tool("nvidia-smi", "import sys; print('GPU 0'); sys.exit(9)")
        self.tool("neuron-ls", "print('no devices')")
        self.python()
        self.assertEqual([self.noted()["env"][name] for name in ("SM_NUM_GPUS", "SM_NUM_NEURONS")], ["0", "0"])

    def test_the_network_interface(self):
        self.config(resourceconfig={"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth2"})
        self.python()
        self.assertEqual([self.noted()["env"][name] for name in ("CCOM_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME", "SM_NETWORK_INTERFACE_NAME")], ["eth2"] * 3)
        self.python(CCOM_SOCKET_IFNAME="a", NCCL_SOCKET_IFNAME="b")
        self.assertEqual([self.noted()["env"][name] for name in ("CCOM_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME")], ["a", "b"])

    def test_what_was_given_is_there(self):
        self.python(FI_PROVIDER="efa", SM_MODEL_DIR="/elsewhere", PYTHONUNBUFFERED="", MASTER_PORT="1")
        env = self.noted()["env"]
        self.assertEqual((env["FI_PROVIDER"], env["SM_MODEL_DIR"], env["PYTHONUNBUFFERED"], env["MASTER_PORT"]), ("efa", f"{self.root}/model", "", "1"))


class Requirements(World):
    def setUp(self):
        super().setUp()
        self.write("code/requirements.txt", "a-package\n")
        # Stands for pip: `python -m pip` finds it before the real one.
        self.write("packages/pip/__main__.py", """\
import json, os, sys
with open(os.path.join(os.environ["FAKE_WORLD"], "pip.json"), "w") as file:
    json.dump({"argv": sys.argv[1:], "cwd": os.getcwd(), "root": os.environ["PIP_ROOT_USER_ACTION"]}, file)
if os.environ.get("FAKE_PIP") == "fail":
    print("ERROR: No matching distribution found for a-package", file=sys.stderr)
    sys.exit(7)
""")
        self.write("packages/pip/__init__.py", "")
        self.env = {"PYTHONPATH": os.path.join(self.root, "packages")}

    def test_are_installed_before_the_script_runs(self):
        self.script("import os\nassert os.path.exists(os.path.join(os.environ['FAKE_WORLD'], 'pip.json'))")
        self.python()
        with open(os.path.join(self.root, "pip.json"), encoding="utf-8") as file:
            pip = json.load(file)
        self.assertEqual(pip["argv"], ["install", "--quiet", "--disable-pip-version-check", "--requirement", "requirements.txt"])
        self.assertEqual((os.path.realpath(pip["cwd"]), pip["root"]), (os.path.realpath(os.path.join(self.root, "code")), "ignore"))

    def test_are_not_when_told_so_or_when_there_are_none(self):
        self.python(TRAINING_SKIP_REQUIREMENTS="1")
        os.unlink(os.path.join(self.root, "code", "requirements.txt"))
        self.python()
        self.assertFalse(os.path.exists(os.path.join(self.root, "pip.json")))

    def test_that_cannot_be_installed_end_the_job(self):
        self.assertEqual(self.broken(7, FAKE_PIP="fail"), "pip install of requirements.txt ended with exit code 7\nERROR: No matching distribution found for a-package")
        self.assertFalse(os.path.exists(os.path.join(self.root, "script-0.json")))


class Failures(World):
    def test_of_a_script(self):
        self.script("import sys\nprint('epoch 1')\nprint('no data', file=sys.stderr)\nsys.exit(3)")
        self.assertEqual(self.broken(3, TRAINING_LAUNCHER="python"), "train.py ended with exit code 3\nepoch 1\nno data")

    def test_of_a_worker_keep_its_error_and_not_torchruns_report(self):
        self.script("print('epoch 1')\nraise ValueError('shape (3,) does not match (4,)')")
        lines = self.broken(1, TRAINING_PROCESSES_PER_NODE="1").split("\n")
        self.assertEqual(lines[:2], ["train.py ended with exit code 1", "epoch 1"])
        self.assertEqual(lines[-2:], ["ValueError: shape (3,) does not match (4,)", "failed (exitcode: 1) local_rank: 0 (pid: 12) of binary: /usr/bin/python3"])

    def test_by_a_signal(self):
        self.script("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
        self.assertEqual(self.broken(137, TRAINING_LAUNCHER="python"), "train.py ended with exit code 137 (SIGKILL: mostly, no memory was left)")
        self.script("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
        os.unlink(os.path.join(self.root, "output", "failure"))
        self.assertEqual(self.broken(139, TRAINING_LAUNCHER="python"), "train.py ended with exit code 139")

    def test_keep_the_last_lines_within_the_limit(self):
        self.script("import sys\nfor line in range(100): print(f'line {line}')\nsys.exit(1)")
        self.assertEqual(self.broken(1, TRAINING_LAUNCHER="python"), "\n".join(["train.py ended with exit code 1", *(f"line {line}" for line in range(80, 100))]))
        self.script("import sys\nfor line in range(30): print('ä€😀' * 30, line)\nsys.exit(1)")
        os.unlink(os.path.join(self.root, "output", "failure"))
        failure = self.broken(1, TRAINING_LAUNCHER="python")
        self.assertGreater(len(failure.encode("utf-8")), 1000)
        self.assertTrue(failure.endswith("😀 29"))
        self.assertNotIn("\ufffd", failure)

    def test_show_a_progress_bar_as_it_ended(self):
        self.script("import sys\nprint(' 10%\\r 20%\\r 30%', flush=True)\nprint('\\r40%\\r', end='')\nsys.exit(1)")
        self.assertEqual(self.broken(1, TRAINING_LAUNCHER="python"), "train.py ended with exit code 1\n 30%\n40%")

    def test_hold_no_secrets(self):
        env = {
            "HF_TOKEN": "hf_abcdefgh", "WANDB_API_KEY": "0123456789abcdef", "AWS_SECRET_ACCESS_KEY": "hf_abcdefgh0", "DB_PASSWORD": "pass\nword-two",
            "PIP_INDEX_URL": "https://user:s3cr3t-pw@host/simple", "TOKENIZERS_PARALLELISM": "parallel-value", "MONKEY": "banana-split", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        }
        self.script("import os, sys\nfor name in %r: print(name, os.environ[name])\nsys.exit(1)" % sorted(env))
        failure = self.broken(1, TRAINING_LAUNCHER="python", **env)
        for secret in "hf_abcdefgh", "0123456789abcdef", "word-two", "s3cr3t-pw":
            self.assertNotIn(secret, failure)
        self.assertIn("AWS_SECRET_ACCESS_KEY ***\n", failure)
        self.assertIn("https://user:***@host/simple", failure)
        self.assertIn("HF_HUB_DISABLE_IMPLICIT_TOKEN 1\n", failure)
        self.assertIn("MONKEY banana-split\n", failure)
        self.assertIn("TOKENIZERS_PARALLELISM parallel-value", failure)

    def test_leave_the_scripts_own_reason(self):
        self.script("import os, sys\nos.makedirs(os.environ['SM_OUTPUT_DIR'], exist_ok=True)\nopen(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('mine')\nsys.exit(1)")
        self.assertEqual(self.broken(1, TRAINING_LAUNCHER="python"), "mine")

    def test_of_the_launcher(self):
        self.config(resourceconfig={"hosts": 5})
        run = self.launch()
        self.assertEqual((run.code, run.failure.split(":")[:2]), (1, ["the launcher failed", " TypeError"]))
        self.assertIn("Traceback", run.err)

    def test_without_a_folder_to_write_to(self):
        self.write("output", "a file")
        run = self.launch(TRAINING_ENTRY_POINT="none.py")
        self.assertEqual((run.code, run.out.count("is not written")), (1, 1))


class Output(World):
    def test_comes_live(self):
        self.script("import os, time\nprint('first', flush=True)\nwhile not os.path.exists(os.environ['FAKE_WORLD'] + '/go'): time.sleep(0.02)\nprint('second')")
        process = self.start(TRAINING_LAUNCHER="python")
        self.assertTrue(process.stdout.readline().startswith(b"running: "))
        self.assertEqual(process.stdout.readline(), b"first\n")
        self.write("go", "")
        run = self.finish(process)
        self.assertEqual((run.code, run.out), (0, "second\n"))

    def test_is_passed_on_byte_by_byte(self):
        self.script("import sys\nsys.stdout.buffer.write(bytes(range(256)) * 4096)\nsys.stderr.write('end')")
        process = self.start(TRAINING_LAUNCHER="python")
        out, _ = process.communicate(timeout=60)
        self.assertEqual(out.split(b"\n", 1)[1], bytes(range(256)) * 4096 + b"end")

    def test_of_an_orphan_keeps_nobody_waiting(self):
        self.script("import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)'])\nprint('done')")
        begin = time.monotonic()
        self.python()
        self.assertLess(time.monotonic() - begin, 15)


class Stop(World):
    SCRIPT = """\
import os, signal, sys, time
rank = os.environ.get("RANK", "0")
def stop(*_):
    os.write(1, f"checkpoint of {rank}\\n".encode())
    sys.exit(CODE)
signal.signal(signal.SIGTERM, stop)
open(os.path.join(os.environ["FAKE_WORLD"], "ready-" + rank), "w").close()
time.sleep(60)
"""

    def test_a_script_that_saves_ends_well(self):
        self.script(self.SCRIPT.replace("CODE", "0"))
        process = self.start()
        for rank in range(2):
            self.wait_for(f"ready-{rank}")
        process.send_signal(signal.SIGTERM)
        run = self.finish(process)
        self.assertEqual((run.code, run.failure), (0, None))
        self.assertIn("checkpoint of 0\n", run.out)
        self.assertIn("checkpoint of 1\n", run.out)

    def test_a_script_that_fails_says_that_it_was_stopped(self):
        self.script(self.SCRIPT.replace("CODE", "5"))
        process = self.start(TRAINING_LAUNCHER="python")
        self.wait_for("ready-0")
        process.send_signal(signal.SIGTERM)
        run = self.finish(process)
        self.assertEqual((run.code, run.failure), (5, "train.py ended with exit code 5, after the job was told to stop\ncheckpoint of 0"))

    def test_a_script_without_a_handler(self):
        self.script(self.SCRIPT.replace("signal.signal(", "(lambda *_: 0)("))
        process = self.start(TRAINING_LAUNCHER="python")
        self.wait_for("ready-0")
        process.send_signal(signal.SIGTERM)
        run = self.finish(process)
        self.assertEqual((run.code, run.failure), (143, "train.py ended with exit code 143, after the job was told to stop"))

    def test_reaches_what_a_compilation_started(self):
        self.script(self.SCRIPT.replace("CODE", "0"))
        process = self.start(TRAINING_LAUNCHER="python", RUN_NEURON_PARALLEL_COMPILE="1")
        self.wait_for("ready-0")
        process.send_signal(signal.SIGTERM)
        self.assertIn("checkpoint of 0\n", self.finish(process).out)

    def test_while_the_hosts_are_waited_for(self):
        self.config(resourceconfig={"current_host": "localhost", "hosts": ["localhost", "algo-2.invalid"]})
        self.tool("nvidia-smi", "import os; open(os.environ['FAKE_WORLD'] + '/counting', 'w').close()")
        process = self.start()
        self.wait_for("counting")
        process.send_signal(signal.SIGTERM)
        run = self.finish(process)
        self.assertEqual((run.code, run.failure), (143, "the job was told to stop before the script began"))


class Parts(unittest.TestCase):
    def test_a_report_without_lines_before_it_is_shown(self):
        old = "ERROR:torch.distributed.elastic.multiprocessing.api:failed (exitcode: -9) local_rank: 3 (pid: 1) of binary: python"
        self.assertEqual(launch.telling_lines(f"{old}\nmore"), [old, "more"])
        self.assertEqual(launch.telling_lines(f"step 1\n{old}\nmore"), ["step 1", "failed (exitcode: -9) local_rank: 3 (pid: 1) of binary: python"])

    def test_only_workers_that_were_told_to_end(self):
        told = "WARNING:torch.distributed.elastic.multiprocessing.api:Sending process 15 closing signal SIGTERM"
        self.assertEqual(launch.telling_lines(f"step 1\n{told}\nmore"), ["step 1"])

    def test_a_headline_as_long_as_the_limit(self):
        for length in 1019, 1020, 1023, 1024, 5000:
            text = launch.failure_text(launch.Failed("h" * length, 1, b"the tail is longer"), {})
            self.assertLessEqual(len(text), 1024)
            self.assertEqual(text.rstrip("\n.")[:1019], "h" * 1019)


if __name__ == "__main__":
    unittest.main()
