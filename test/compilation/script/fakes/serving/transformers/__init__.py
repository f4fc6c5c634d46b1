"""Processors that show what they were given."""


class _Processor:
    tokenizer, feature_extractor = "tokenizer", "feature extractor"

    @classmethod
    def from_pretrained(cls, model_dir):
        return cls()


class AutoImageProcessor(_Processor):
    pass


class AutoProcessor(_Processor):
    def __call__(self, text, images, **options):
        return {"text": text, "images": [str(image) for image in images], **options}


class AutoTokenizer(_Processor):
    def __call__(self, texts, **options):
        return {"input_ids": texts if isinstance(texts, list) else [texts], **{name: value for name, value in options.items() if name == "padding"}}

    def decode(self, tokens, skip_special_tokens):
        return f"{tokens} decoded {skip_special_tokens}"
