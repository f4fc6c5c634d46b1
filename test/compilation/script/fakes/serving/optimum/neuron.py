"""The classes and the pipeline that the handler uses; each answers with how it was called."""


class Output(dict):
    __getattr__ = dict.get


class Tensor:
    def __init__(self, value):
        self.value = value

    def tolist(self):
        return self.value


class _Model:
    def __init__(self, model_dir):
        self.model_dir = model_dir

    @classmethod
    def from_pretrained(cls, model_dir):
        return cls(model_dir)


class NeuronModelForObjectDetection(_Model):
    pass


class NeuronWhisperForConditionalGeneration(_Model):
    pass


class NeuronModelForSeq2SeqLM(_Model):
    def generate(self, input_ids, **parameters):
        return [f"{text} {sorted(parameters.items())}" for text in input_ids]


class NeuronCLIPModel(_Model):
    def __call__(self, **encoded):
        return Output(logits_per_image=Tensor([encoded]), text_embeds=Tensor([1.5]))


class NeuronModelForSentenceTransformers(_Model):
    def __call__(self, **encoded):
        return Output(text_embeds=Tensor([1]), image_embeds=Tensor([2]))


class NeuronStableDiffusionPipeline(_Model):
    def __call__(self, prompt, **parameters):
        from PIL import Image

        self.called = [prompt, {name: str(value) for name, value in parameters.items()}]
        return Output(images=[Image.open(None, str(self.called))])


def pipeline(task, model=None, **options):
    def pipe(inputs, **parameters):
        shown = [str(item) for item in inputs] if isinstance(inputs, list) else str(inputs)
        name = model if isinstance(model, str) else type(model).__name__
        return [{"task": task, "model": name.split("/")[-1], "options": sorted(options), "inputs": shown, "parameters": parameters}]
    return pipe
