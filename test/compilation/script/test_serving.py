"""The code/inference.py that artefacts get: each kind, compiled and then loaded as the serving toolkit loads it."""

import base64
import json
import os
import subprocess
import sys

from world import FAKES, World

SERVE = """
import json, sys
sys.path.insert(0, sys.argv[1] + "/code")  # HuggingFaceHandlerService.initialize
import inference
model = inference.model_fn(sys.argv[1])
for request in json.load(sys.stdin):
    print(json.dumps(inference.predict_fn(request, model)))
"""
PICTURE = base64.b64encode(b"picture").decode()


class Serving(World):
    def served(self, *requests, kind="vision", **named):
        """Answers of the compiled model."""
        if kind != "trace":
            self.compile(kind, layout="files", **named)
        process = self.serve(*requests)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        return [json.loads(line) for line in process.stdout.splitlines()]

    def serve(self, *requests):
        env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join([os.path.join(FAKES, "serving"), *self.packages]), "FAKE_WORLD": self.root}
        return subprocess.run(
            [sys.executable, "-B", "-c", SERVE, os.path.join(self.output, "model")], input=json.dumps(requests), env=env, capture_output=True, text=True, check=False,
        )

    def test_images(self):
        self.model("vision")
        self.assertEqual(self.served({"inputs": PICTURE, "parameters": {"top_k": 2}}, {"inputs": [PICTURE, PICTURE]}), [
            [{"task": "image-classification", "model": "model", "options": [], "inputs": "<RGB of picture>", "parameters": {"top_k": 2}}],
            [{"task": "image-classification", "model": "model", "options": [], "inputs": ["<RGB of picture>"] * 2, "parameters": {}}],
        ])

    def test_text_is_never_an_address_that_the_endpoint_fetches(self):
        self.model("vision")
        self.compile("vision", layout="files")
        process = self.serve({"inputs": "http://169.254.169.254/latest/meta-data"})
        self.assertEqual((process.returncode, process.stdout), (1, ""))
        self.assertIn("binascii.Error", process.stderr)

    def test_segments_and_objects(self):
        self.model("vision")
        answer = self.served({"inputs": PICTURE}, task="semantic-segmentation")[0][0]
        self.assertEqual((answer["task"], answer["model"], answer["options"]), ("image-segmentation", "model", []))
        answer = self.served({"inputs": PICTURE}, task="object-detection")[0][0]
        self.assertEqual((answer["task"], answer["model"], answer["options"]), ("object-detection", "NeuronModelForObjectDetection", ["image_processor"]))

    def test_sounds(self):
        self.model("audio")
        self.assertEqual(self.served({"inputs": PICTURE}, kind="audio"), [
            [{"task": "automatic-speech-recognition", "model": "model", "options": [], "inputs": "b'picture'", "parameters": {}}],
        ])

    def test_clip(self):
        self.model("clip")
        self.assertEqual(self.served({"inputs": {"text": ["a cat"], "images": [PICTURE]}}, kind="clip"), [{
            "logits_per_image": [{"text": ["a cat"], "images": ["<RGB of picture>"], "return_tensors": "pt", "padding": True, "truncation": True}],
            "text_embeds": [1.5],
        }])

    def test_clip_of_sentence_transformers(self):
        self.model("clip")
        self.files(self.source, {"config_sentence_transformers.json": "{}"})
        self.assertEqual(
            self.served({"inputs": {"text": ["a cat"], "images": [PICTURE]}}, kind="clip"), [{"text_embeds": [1], "image_embeds": [2]}],
        )

    def test_text_to_text(self):
        self.model("seq2seq")
        self.assertEqual(self.served({"inputs": "hello", "parameters": {"max_length": 5}}, {"inputs": ["a", "b"]}, kind="seq2seq"), [
            [{"generated_text": "hello [('max_length', 5), ('num_return_sequences', 1), ('padding', True)] decoded True"}],
            [{"generated_text": f"{text} [('num_return_sequences', 1), ('padding', True)] decoded True"} for text in "ab"],
        ])

    def test_whisper(self):
        self.model("seq2seq")
        answer = self.served({"inputs": PICTURE}, kind="seq2seq", task="automatic-speech-recognition")[0][0]
        self.assertEqual(answer, {
            "task": "automatic-speech-recognition", "model": "NeuronWhisperForConditionalGeneration", "options": ["feature_extractor", "tokenizer"],
            "inputs": "b'picture'", "parameters": {},
        })

    def test_diffusion(self):
        self.model("diffusion")
        request = {"inputs": "a cat", "parameters": {"image": PICTURE, "guidance_scale": 7}}
        answer = self.served(request, kind="diffusion")[0]
        image = base64.b64decode(answer["generated_images"][0]).decode()
        self.assertEqual(image, "PNG of ['a cat', {'image': '<RGB of picture>', 'guidance_scale': '7'}]")

    def test_diffusion_by_the_name_that_optimum_saves(self):
        self.model("diffusion")
        self.plan("optimum", writes={"model_index.json": json.dumps({"_class_name": "NeuronStableDiffusionPipeline"})})
        self.assertEqual(list(self.served({"inputs": "a cat"}, kind="diffusion")[0]), ["generated_images"])

    def test_traced(self):
        user = self.folder("user")
        self.files(user, {"compile.py": "def load(model_dir, shapes): return {'name': 'net'}, [1]\n"})
        self.files(self.source, {"a": "", "b": ""})
        self.compile("vision", "trace", layout="files", user_script=user)
        self.assertEqual(self.served({"inputs": [[1, 2], [3, 4]]}, [[5]], kind="trace"), [[10, "net"], [5, "net"]])
