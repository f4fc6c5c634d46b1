"""Child: downloads a snapshot of a model. It alone has the token, in its environment."""

import fnmatch
import json
import os
import sys

# Weights for other frameworks, of which optimum reads none. Llama keeps a second copy of its weights in `original/`.
FOREIGN = (
    "*.h5", "*.msgpack", "*.ot", "*.tflite", "*.onnx", "*.onnx_data", "*.gguf", "*.mlmodel", "*.mlpackage/*", "*.ckpt", "onnx/*",
    "openvino/*", "coreml/*", "original/*", "*.fp16.*", "*.non_ema.*",
)


def unneeded(files):
    """Files that no exporter reads; a diffusion repository is several times its size with them."""
    names = set(files)
    skipped = {name for name in names if any(fnmatch.fnmatch(name, pattern) for pattern in FOREIGN)}
    left = names - skipped
    for name in left:
        twin = name[:-len(".bin")] + ".safetensors"
        if name.endswith(".bin") and {twin, twin.replace("pytorch_model", "model")} & left:
            skipped.add(name)
        if "model_index.json" in names and "/" not in name and name.endswith(".safetensors"):
            skipped.add(name)  # the whole pipeline in one file, beside its components
    return sorted(skipped)


def explain(error, model, revision, has_token):
    """What to do about an error of the Hub. Classes are told apart by name: they moved between versions of the library."""
    names = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(getattr(error, "response", None), "status_code", None)
    if "GatedRepoError" in names or status == 403:
        return (
            f"the Hugging Face Hub refuses access to {model} (403). Accept the terms of the model on its page with the account of the token, "
            + ("and let the token read gated repositories" if has_token else "and give the token as a secret")
        )
    if "RevisionNotFoundError" in names:
        return f"{model} has no revision {revision} (404). Give a commit of this repository"
    if "RepositoryNotFoundError" in names or status in (401, 404):
        return (
            f"the Hugging Face Hub does not show {model} ({status or 404}): it does not exist, or it is private. Check the name, "
            + ("and that the token is valid and may read it" if has_token else "or give a token as a secret")
        )
    if "LocalEntryNotFoundError" in names or "ConnectionError" in names or "ConnectError" in names:
        return (
            f"the Hugging Face Hub cannot be reached to download {model}. Give the subnets of the job a way to the internet, or copy the model to S3"
        )
    return None


def main(path):
    """Downloads what the file at `path` asks for; writes what failed into it."""
    with open(path, encoding="utf-8") as file:
        order = json.load(file)
    model, revision = order["id"], order["revision"]
    try:
        from huggingface_hub import HfApi, snapshot_download

        files = HfApi().list_repo_files(model, revision=revision)
        skipped = [] if order["everything"] else unneeded(files)
        print(f"{model} at {revision}: {len(files)} files, of which {len(skipped)} are not needed", flush=True)
        # Patterns: `[` in a name would start a set of characters.
        snapshot_download(model, revision=revision, local_dir=order["folder"], ignore_patterns=[name.replace("[", "[[]") for name in skipped])
    except ImportError:
        order["failure"] = "this image has no huggingface_hub to download the model with: compile with a Hugging Face Neuron image, or copy the model to S3"
    except Exception as error:  # pylint: disable=broad-except
        order["failure"] = explain(error, model, revision, bool(os.environ.get("HF_TOKEN")))
        print(f"{type(error).__name__}: {error}", flush=True)
    if "failure" not in order:
        return 0
    with open(path, "w", encoding="utf-8") as file:
        json.dump(order, file)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
