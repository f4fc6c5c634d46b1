"""
Serves a compiled model that the container cannot serve by itself; written by the compile step, replaced by a code/inference.py of yours.

Requests: `{"inputs": ..., "parameters": {...}}` as JSON; images and sounds as base64 in it, or as the body with their content type.
Classes and pipelines: huggingface/optimum-neuron, optimum/neuron/__init__.py and pipelines (read 2026-11-23).
"""

import base64
import io
import json
import os

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "neuron_serving.json"), encoding="utf-8") as settings:
    SERVING = json.load(settings)
EXPORTER, KIND, TASK = SERVING["exporter"], SERVING["kind"], SERVING["task"]


def model_fn(model_dir, context=None):
    """Loads the model; the rest of this file calls it as `model(inputs, **parameters)`."""
    if EXPORTER == "trace":
        return _traced(model_dir)
    return {"vision": _pipeline, "audio": _pipeline, "clip": _clip, "seq2seq": _seq2seq, "diffusion": _diffusion}[KIND](model_dir)


def predict_fn(data, model, context=None):
    """One prediction; what comes back can be written as JSON."""
    if not isinstance(data, dict):
        data = {"inputs": data}
    return _plain(model(data.get("inputs"), **(data.get("parameters") or {})))


def _plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "save"):  # an image
        buffer = io.BytesIO()
        value.save(buffer, format="PNG")
        return base64.b64encode(buffer.getvalue()).decode("ascii")
    return value


def _image(value):
    from PIL import Image

    return Image.open(io.BytesIO(base64.b64decode(value, validate=True))).convert("RGB") if isinstance(value, str) else value


def _sound(value):
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


def _each(convert, value):
    # Text from a request is never an address or a path here: the pipelines would fetch it.
    return [convert(item) for item in value] if isinstance(value, list) else convert(value)


def _pipeline(model_dir):
    from optimum import neuron

    if TASK == "object-detection":  # optimum's table of pipelines names the class for segmentation here
        from transformers import AutoImageProcessor

        model = neuron.NeuronModelForObjectDetection.from_pretrained(model_dir)
        pipe = neuron.pipeline(TASK, model=model, image_processor=AutoImageProcessor.from_pretrained(model_dir))
    else:
        pipe = neuron.pipeline("image-segmentation" if TASK == "semantic-segmentation" else TASK, model=model_dir)
    convert = _image if KIND == "vision" else _sound
    return lambda inputs, **parameters: pipe(_each(convert, inputs), **parameters)


def _clip(model_dir):
    from optimum import neuron
    from transformers import AutoProcessor

    sentences = any(name.startswith("sentence_") or name == "config_sentence_transformers.json" for name in os.listdir(model_dir))
    if sentences:
        kind = neuron.NeuronModelForSentenceTransformers
    else:
        kind = neuron.NeuronCLIPModel
    model, processor = kind.from_pretrained(model_dir), AutoProcessor.from_pretrained(model_dir)
    names = ("logits_per_image", "logits_per_text", "text_embeds", "image_embeds")

    def call(inputs, **parameters):
        encoded = processor(text=inputs["text"], images=_each(_image, inputs["images"]), return_tensors="pt", padding=True, truncation=True)
        output = model(**encoded, **parameters)
        return {name: getattr(output, name) for name in names if getattr(output, name, None) is not None}
    return call


def _seq2seq(model_dir):
    from optimum import neuron

    if TASK == "automatic-speech-recognition":
        from transformers import AutoProcessor

        model, processor = neuron.NeuronWhisperForConditionalGeneration.from_pretrained(model_dir), AutoProcessor.from_pretrained(model_dir)
        pipe = neuron.pipeline(TASK, model=model, tokenizer=processor.tokenizer, feature_extractor=processor.feature_extractor)
        return lambda inputs, **parameters: pipe(_each(_sound, inputs), **parameters)
    from transformers import AutoTokenizer

    model, tokenizer = neuron.NeuronModelForSeq2SeqLM.from_pretrained(model_dir), AutoTokenizer.from_pretrained(model_dir)

    def call(inputs, **parameters):
        encoded = tokenizer(inputs, return_tensors="pt", padding=True, truncation=True)
        generated = model.generate(**encoded, **{"num_return_sequences": 1, **parameters})
        return [{"generated_text": tokenizer.decode(tokens, skip_special_tokens=True)} for tokens in generated]
    return call


def _diffusion(model_dir):
    from optimum import neuron

    with open(os.path.join(model_dir, "model_index.json"), encoding="utf-8") as index:
        name = json.load(index)["_class_name"]
    pipe = getattr(neuron, name if name.startswith("Neuron") else "Neuron" + name).from_pretrained(model_dir)

    def call(inputs, **parameters):
        for name in ("image", "mask_image"):
            if name in parameters:
                parameters[name] = _each(_image, parameters[name])
        return {"generated_images": pipe(prompt=inputs, **parameters).images}
    return call


def _traced(model_dir):
    import torch
    import torch_neuronx  # noqa: F401  registers the operators of the module

    model = torch.jit.load(os.path.join(model_dir, "model.neuron"))

    def call(inputs, **parameters):
        """`inputs` is a list with one nested list of numbers for each input of the model."""
        return model(*(torch.tensor(item) for item in inputs), **parameters)
    return call
