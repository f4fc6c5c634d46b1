"""Stands for `python3 -m optimum.exporters.neuron`: its options (optimum-neuron, commands/export/neuronx.py), its files, its failures."""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time

WORLD = os.environ["FAKE_WORLD"]

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("-m", "--model", required=True)
parser.add_argument("output")
parser.add_argument("--task", default="auto")
parser.add_argument("--instance_type", choices=["inf2", "trn1", "trn1n", "trn2"])
parser.add_argument("--auto_cast", choices=["none", "matmul", "all"])
parser.add_argument("--auto_cast_type", default="bf16", choices=["bf16", "fp16", "tf32", "fp8_e4m3"])
parser.add_argument("--torch_dtype", default="float32", choices=["bfloat16", "float16", "float32"])
parser.add_argument("--tensor_parallel_size", type=int, default=1)
for flag in ("--trust-remote-code", "--disable_neuron_cache", "--inline-weights-neff", "--disable-validation"):
    parser.add_argument(flag, action="store_true")
for name in ("batch_size", "text_batch_size", "image_batch_size", "sequence_length", "num_beams", "num_choices", "num_channels", "width",
             "height", "image_size", "patch_size", "num_images_per_prompt", "audio_sequence_length"):
    parser.add_argument(f"--{name}", type=int)
level = parser.add_mutually_exclusive_group()
for flag in ("-O1", "-O2", "-O3"):
    level.add_argument(flag, action="store_true")
args = parser.parse_args()

plan = {}
if os.path.exists(os.path.join(WORLD, "optimum.json")):
    with open(os.path.join(WORLD, "optimum.json"), encoding="utf-8") as file:
        plan = json.load(file)

with open(os.path.join(WORLD, "optimum.jsonl"), "a", encoding="utf-8") as log:
    source = sorted(os.path.relpath(os.path.join(folder, name), args.model) for folder, _, names in os.walk(args.model) for name in names)
    names = ("HF_TOKEN", "HF_HUB_OFFLINE", "TMPDIR", "NEURON_COMPILE_CACHE_URL", "BASE_COMPILE_WORK_DIR", "PYTHONPATH")
    log.write(json.dumps({"argv": sys.argv[1:], "source": source, "env": {name: os.environ.get(name) for name in names}}) + "\n")

if args.task == "auto":
    raise RuntimeError("Cannot infer the task from a local directory yet, please specify the task manually")

# torch_neuronx: finds the compiler on PATH, then runs it.
for command in plan.get("compiles", [["compile", "graph.hlo", "--framework", "XLA", "--target", "trn1", "--output", "graph.neff"]]):
    subprocess.run([shutil.which("neuronx-cc"), *command], check=True)

for line in plan.get("prints", []):
    sys.stdout.write(line)
    sys.stdout.flush()
    time.sleep(plan.get("pause", 0))
if "sleep" in plan:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(os.path.join(WORLD, "grandchild"), "w", encoding="utf-8") as file:
        file.write(str(child.pid))
    time.sleep(plan["sleep"])

# One weight file, another each time when asked: to see that a second attempt stores its own.
MODEL = "compiled " + plan.get("mark", "") + "\n"
CONFIG = {"neuron": {"static_batch_size": args.batch_size, "static_sequence_length": args.sequence_length}}
if args.task == "text-generation":
    files = {"config.json": "{}", "neuron_config.json": "{}", "model.pt": MODEL, "tokenizer.json": "{}"}
    for rank in range(args.tensor_parallel_size):
        files[f"checkpoint/weights/tp{rank}_sharded_checkpoint.safetensors"] = f"rank {rank}\n"
elif args.num_beams is not None:
    files = {"config.json": "{}", "generation_config.json": "{}", "encoder/model.neuron": MODEL, "encoder/config.json": "{}",
             "decoder/model.neuron": MODEL, "decoder/config.json": "{}"}
elif args.num_images_per_prompt is not None:
    files = {"model_index.json": json.dumps({"_class_name": "StableDiffusionPipeline"}), "scheduler/scheduler_config.json": "{}"}
    for part in ("text_encoder", "unet", "vae_decoder", "vae_encoder"):
        files[f"{part}/model.neuron"], files[f"{part}/config.json"] = MODEL, "{}"
else:
    files = {"model.neuron": MODEL, "config.json": json.dumps(CONFIG), "tokenizer.json": "{}"}
files.update(plan.get("writes", {}))
for path, text in files.items():
    if text is not None:
        os.makedirs(os.path.dirname(os.path.join(args.output, path)), exist_ok=True)
        with open(os.path.join(args.output, path), "w", encoding="utf-8") as file:
            file.write(text)
for path, target in plan.get("links", {}).items():
    os.symlink(target, os.path.join(args.output, path))

if "signal" in plan:
    os.kill(os.getpid(), getattr(signal, plan["signal"]))
if "raises" in plan:
    raise RuntimeError(plan["raises"])
sys.exit(plan.get("code", 0))
