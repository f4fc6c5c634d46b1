"""As much of torch as the script and the handler touch."""
import json


class jit:
    """torch.jit"""

    @staticmethod
    def save(module, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(module, file, sort_keys=True)

    @staticmethod
    def load(path):
        with open(path, encoding="utf-8") as file:
            saved = json.load(file)
        return lambda *inputs: Tensor([sum(sum(item.value) for item in inputs), saved["model"]])


class Tensor:
    """Numbers that can be listed."""

    def __init__(self, value):
        self.value = value

    def tolist(self):
        return self.value


tensor = Tensor
