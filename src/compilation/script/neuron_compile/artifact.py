"""The artefact: the files the serving image expects, as an archive or as they are."""

import gzip
import hashlib
import os
import shutil
import tarfile

from . import handler
from .errors import CompileError

BLOCK = 2**20
# model.neuron holds the weights; a second copy would only make the endpoint start later.
WEIGHTS = ("*.safetensors", "*.safetensors.index.json", "pytorch_model*.bin", "pytorch_model*.bin.index.json", "tf_model*.h5", "flax_model*.msgpack", "*.onnx", "*.gguf")
HIDDEN = (".*", "__pycache__")


def empty(folder):
    """Empties the output: in a training job it is a checkpoint folder that comes back from S3 with what an earlier attempt left."""
    os.makedirs(folder, exist_ok=True)
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def expected(args):
    """Paths without which the server cannot load the artefact."""
    if args.exporter == "trace":
        return ["model.neuron"]
    if args.kind == "decoder":
        shards = [f"checkpoint/weights/tp{rank}_sharded_checkpoint.safetensors" for rank in range(args.tensor_parallel_size)]
        return ["config.json", "neuron_config.json", "model.pt", *shards]
    if args.kind == "seq2seq":
        return ["config.json", "encoder/model.neuron", "decoder/model.neuron"]
    if args.kind == "diffusion":
        return ["model_index.json", "vae_decoder/model.neuron"]
    return ["config.json", "model.neuron"]


def assemble(args, task, model, sources, ours):
    """Completes what the exporter wrote. `sources` are folders of the user, of which the later wins."""
    for path in expected(args):
        if not os.path.exists(os.path.join(model, path)):
            raise CompileError(f"the exporter ended without an error, but wrote no {path}: look for its warnings in the log of the job")
    source = sources[0]
    if args.exporter == "trace":
        _copy(source, model, (*WEIGHTS, *HIDDEN, "model.neuron"))
    elif args.kind in ("text-encoder", "clip"):
        # By these the server tells a sentence-transformers model, and returns sentences instead of tokens. The exporter leaves them out.
        for name in os.listdir(source):
            if name.startswith("sentence_") or name in ("config_sentence_transformers.json", "modules.json"):
                shutil.copyfile(os.path.join(source, name), os.path.join(model, name))
    for folder in sources:
        if os.path.isdir(os.path.join(folder, "code")):
            _copy(os.path.join(folder, "code"), os.path.join(model, "code"), HIDDEN)
    if args.custom_operators:
        _copy(args.custom_operators, os.path.join(model, "custom_operators"), HIDDEN)
    if ours:
        handler.write(model, args, task)


def _copy(source, target, ignored):
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*ignored), dirs_exist_ok=True)


def files(root):
    """Paths of all files, relative and sorted."""
    found = []
    for folder, _, names in os.walk(root, followlinks=True):
        found += [os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/") for name in names]
    return sorted(found)


def checksum(path, secrets=()):
    """SHA-256 and size of a file, which must not hold a secret."""
    digest, size, tail = hashlib.sha256(), 0, b""
    needles = [secret.encode() for secret in secrets]
    longest = max(map(len, needles), default=1)
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(BLOCK), b""):
            digest.update(block)
            size += len(block)
            window = tail + block
            if any(needle in window for needle in needles):
                raise CompileError(f"the exporter wrote the token of the Hugging Face Hub into {os.path.basename(path)}: nothing is stored")
            tail = window[-(longest - 1):] if longest > 1 else b""
    return {"size": size, "sha256": digest.hexdigest()}


def store(model, output, layout, secrets):
    """Writes the artefact into the output; returns where it is and what is in it."""
    model = os.path.realpath(model)
    if any(secret in path for path in files(model) for secret in secrets):
        raise CompileError("the exporter wrote the token of the Hugging Face Hub into the name of a file: nothing is stored")
    listed = [{"path": path, **checksum(os.path.join(model, path), secrets)} for path in files(model)]
    if layout == "files":
        target = os.path.join(output, "model")
        pairs = [(os.path.join(model, entry["path"]), os.path.join(target, entry["path"])) for entry in listed]
        for path, stored in sorted(pairs, key=lambda pair: os.path.realpath(pair[0]) == pair[0]):  # links while what they lead to is there
            os.makedirs(os.path.dirname(stored), exist_ok=True)
            (shutil.move if os.path.realpath(path) == path else shutil.copyfile)(path, stored)
        return {"layout": layout, "path": "model/", "size": sum(entry["size"] for entry in listed)}, listed
    path = os.path.join(output, "model.tar.gz")
    archive(model, [entry["path"] for entry in listed], path)
    return {"layout": layout, "path": "model.tar.gz", **checksum(path)}, listed


def archive(root, paths, target):
    """A tar.gz that is the same for the same files: sorted, without times, owners, links or a name in its head."""
    # The least compression: weights hardly shrink, and the archive of a large model is written for minutes.
    with open(target, "wb") as raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in paths:
            member = tarfile.TarInfo(path)
            member.size = os.path.getsize(os.path.join(root, path))
            member.mode = 0o644
            with open(os.path.join(root, path), "rb") as file:
                tar.addfile(member, file)
