"""
A SageMaker job with a Neuron image: the zipped script runs for real in a child python; only what the image brings is fake, see fakes/.
"""

import atexit
import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import zipfile

from script_hash import SCRIPT, script_files

HERE = os.path.dirname(os.path.abspath(__file__))
FAKES = os.path.join(HERE, "fakes")
sys.path.insert(0, SCRIPT)

KEY = "0123456789abcdef0123456789abcdef"
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub-AbCdEf"
TOKEN = "hf_Secret+Token/42"
SHAPES = {
    "text-encoder": {"batch_size": 1, "sequence_length": 128},
    "vision": {"batch_size": 1, "num_channels": 3, "width": 224, "height": 224},
    "audio": {"batch_size": 1, "audio_sequence_length": 16000},
    "clip": {"text_batch_size": 2, "image_batch_size": 1, "sequence_length": 77, "num_channels": 3, "width": 224, "height": 224},
    "seq2seq": {"batch_size": 1, "sequence_length": 128, "num_beams": 4},
    "diffusion": {"batch_size": 1, "height": 512, "width": 512, "num_images_per_prompt": 1},
    "decoder": {"batch_size": 1, "sequence_length": 4096},
}
ARCHITECTURE = {
    "text-encoder": "BertModel", "vision": "ViTForImageClassification", "audio": "Wav2Vec2ForCTC", "clip": "CLIPModel",
    "seq2seq": "T5ForConditionalGeneration", "diffusion": "", "decoder": "LlamaForCausalLM",
}
_zip = None


def script_zip():
    """The asset: a zip of the script's folder."""
    global _zip
    if _zip is None:
        folder = tempfile.mkdtemp(prefix="script-")
        atexit.register(shutil.rmtree, folder, True)
        _zip = os.path.join(folder, "c0ffee.zip")
        with zipfile.ZipFile(_zip, "w") as archive:
            for path in script_files():
                archive.write(os.path.join(SCRIPT, path), path)
    return _zip


class Run:
    """How a run of the script ended."""

    def __init__(self, code, out, err, message):
        self.code, self.out, self.err, self.message = code, out, err, message


class World(unittest.TestCase):
    """One job per test, in its own folder."""

    maxDiff = None

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="job-")
        self.addCleanup(shutil.rmtree, self.root, True)
        self.source = self.folder("source")
        self.output = os.path.join(self.root, "opt", "output")
        self.message_file = os.path.join(self.root, "opt", "message")
        self.bin = self.folder("bin")
        for tool in os.listdir(os.path.join(FAKES, "bin")):
            self.install(tool)
        self.packages = [os.path.join(FAKES, "packages")]
        self.env = {}

    def folder(self, *names):
        path = os.path.join(self.root, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def install(self, tool):
        """A fake executable that runs with this python."""
        with open(os.path.join(FAKES, "bin", tool), encoding="utf-8") as file:
            body = file.read().split("\n", 1)[1]
        path = os.path.join(self.bin, tool)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!{sys.executable} -B\n{body}")
        os.chmod(path, 0o755)

    def files(self, folder, files):
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                file.write(text)

    def plan(self, tool, **plan):
        self.files(self.root, {f"{tool}.json": json.dumps(plan)})

    def calls(self, tool):
        path = os.path.join(self.root, f"{tool}.jsonl")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def arguments(self, kind="text-encoder", exporter="optimum", layout="archive", source=True, **more):
        """Arguments of a job; `_` in names becomes `-`, None leaves an argument out, True is a flag, a list repeats it."""
        named = {
            "key": KEY, "script_version": 3, "sdk": "2.26.0", "image": "hf:2.8.0-sdk2.26.0", "kind": kind, "exporter": exporter,
            "shape": [f"{name}={size}" for name, size in SHAPES[kind].items()], "target": "inf2", "layout": layout,
            "output": self.output, "message_file": self.message_file, "cpu_backend": True,
            "source": self.source if source is True else source or None,
        }
        named.update(more)
        arguments = []
        for name, value in named.items():
            option = "--" + name.replace("_", "-")
            for item in value if isinstance(value, list) else [value]:
                if item is True:
                    arguments.append(option)
                elif item is not None:
                    arguments.append(f"{option}={item}")
        return arguments

    def model(self, kind):
        """The source of a model of this kind."""
        if kind == "diffusion":
            self.files(self.source, {"model_index.json": json.dumps({"_class_name": "StableDiffusionPipeline"}), "unet/config.json": "{}"})
        else:
            self.files(self.source, {"config.json": json.dumps({"architectures": [ARCHITECTURE[kind]]}), "model.safetensors": "weights"})

    def start(self, arguments):
        if os.path.exists(self.message_file):
            os.unlink(self.message_file)
        env = {
            "PATH": os.pathsep.join((self.bin, "/usr/bin", "/bin")), "PYTHONPATH": os.pathsep.join(self.packages), "PYTHONDONTWRITEBYTECODE": "1",
            "FAKE_WORLD": self.root, "FAKE_HOME": FAKES, "TMPDIR": self.folder("tmp"), "HF_TOKEN": "hf_of_the_image", **self.env,
        }
        return subprocess.Popen(
            [sys.executable, script_zip(), *arguments], env=env, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def finish(self, process):
        out, err = process.communicate(timeout=60)
        message = None
        if os.path.exists(self.message_file):
            with open(self.message_file, "rb") as file:
                message = file.read()
            self.assertLessEqual(len(message), 1000)
            message = message.decode("utf-8")
        return Run(process.returncode, out, err, message)

    def run_script(self, arguments):
        return self.finish(self.start(arguments))

    def compile(self, *arguments, **named):
        """A run that must end well; returns it."""
        run = self.run_script(self.arguments(*arguments, **named))
        self.assertEqual((run.code, run.message, run.err), (0, None, ""), run.out)
        self.clean()
        return run

    def clean(self):
        """Nothing is left beside the output and the message."""
        self.assertEqual(os.listdir(os.path.join(self.root, "tmp")), [])
        self.assertLessEqual(set(os.listdir(os.path.join(self.root, "opt"))) if os.path.isdir(os.path.join(self.root, "opt")) else set(), {"output", "message"})

    def refuse(self, *arguments, code=1, **named):
        """A run that must fail, and leaves nothing behind; returns it."""
        run = self.run_script(self.arguments(*arguments, **named))
        self.assertEqual(run.code, code, run.out + run.err)
        self.assertIn("compilation failed: ", run.err)
        if os.path.isdir(self.output):
            self.assertEqual(os.listdir(self.output), [])
        self.clean()
        return run

    def manifest(self):
        with open(os.path.join(self.output, "manifest.json"), encoding="utf-8") as file:
            return json.load(file)

    def archived(self):
        """Text of the files in model.tar.gz, by path."""
        with tarfile.open(os.path.join(self.output, "model.tar.gz")) as tar:
            return {member.name: tar.extractfile(member).read().decode("utf-8") for member in tar}

    def everything(self, run):
        """All that a run printed or wrote, the archive unpacked."""
        parts = [run.out, run.err, run.message or ""]
        for folder, _, names in os.walk(self.output):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
                parts.append((gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8", "replace"))
        return "\n".join(parts)


def targz(path, members):
    """A tar.gz of (name, content) pairs; content is bytes, None for a folder, or a TarInfo type with a link's target."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if content is None:
                info.type = tarfile.DIRTYPE
                tar.addfile(info)
            elif isinstance(content, tuple):
                info.type, info.linkname = content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))


def alive(pid):
    """Whether a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(path, seconds=20):
    """The text of a file that a running job writes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.path.exists(path) and os.path.getsize(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written")


SIGTERM = signal.SIGTERM
