"""`optimum-cli export neuron`: the command of each kind, the layout of what it wrote, flags of the compiler, failures."""

import hashlib
import json
import os
import shlex
import stat

from world import KEY, World

NEURONX_CC = ["compile", "graph.hlo", "--framework", "XLA", "--target", "trn1", "--output", "graph.neff"]
TRACED = "--instance_type inf2 {shapes} --auto_cast none -O2 --disable_neuron_cache --inline-weights-neff --disable-validation"
DECODER_FILES = ["config.json", "model.pt", "neuron_config.json", "tokenizer.json"]


class Optimum(World):
    def exported(self, kind, **named):
        """The command line that a compilation of this kind gave to the exporter, without its paths."""
        self.model(kind)
        self.compile(kind, **named)
        call = self.calls("optimum")[-1]
        argv = call["argv"]
        self.assertEqual((argv[0], argv[2]), ("-m", "--task"))
        self.assertEqual(os.path.basename(argv[1]), "clip" if kind == "clip" else "model")
        return " ".join(argv[2:-1])

    def test_text_encoder(self):
        self.assertEqual(self.exported("text-encoder"), "--task feature-extraction " + TRACED.format(shapes="--batch_size 1 --sequence_length 128"))
        self.assertEqual(sorted(self.archived()), ["config.json", "model.neuron", "tokenizer.json"])

    def test_vision(self):
        shapes = "--batch_size 1 --height 224 --num_channels 3 --width 224"
        self.assertEqual(self.exported("vision"), "--task image-classification " + TRACED.format(shapes=shapes))
        self.assertEqual(sorted(self.archived()), ["code/inference.py", "code/neuron_serving.json", "config.json", "model.neuron", "tokenizer.json"])

    def test_audio(self):
        shapes = "--audio_sequence_length 16000 --batch_size 1"
        self.assertEqual(self.exported("audio"), "--task automatic-speech-recognition " + TRACED.format(shapes=shapes))
        self.assertEqual(sorted(self.archived()), ["code/inference.py", "code/neuron_serving.json", "config.json", "model.neuron", "tokenizer.json"])

    def test_clip(self):
        shapes = "--height 224 --image_batch_size 1 --num_channels 3 --sequence_length 77 --text_batch_size 2 --width 224"
        self.assertEqual(self.exported("clip"), "--task feature-extraction " + TRACED.format(shapes=shapes))
        self.assertEqual(sorted(self.archived()), ["code/inference.py", "code/neuron_serving.json", "config.json", "model.neuron", "tokenizer.json"])

    def test_seq2seq(self):
        shapes = "--batch_size 1 --num_beams 4 --sequence_length 128"
        self.assertEqual(self.exported("seq2seq"), "--task text2text-generation " + TRACED.format(shapes=shapes))
        self.assertEqual(sorted(self.archived()), [
            "code/inference.py", "code/neuron_serving.json", "config.json", "decoder/config.json", "decoder/model.neuron", "encoder/config.json",
            "encoder/model.neuron", "generation_config.json",
        ])

    def test_diffusion(self):
        shapes = "--batch_size 1 --height 512 --num_images_per_prompt 1 --width 512"
        self.assertEqual(self.exported("diffusion"), "--task text-to-image " + TRACED.format(shapes=shapes))
        self.assertEqual(sorted(self.archived()), [
            "code/inference.py", "code/neuron_serving.json", "model_index.json", "scheduler/scheduler_config.json",
            *(f"{part}/{name}" for part in ("text_encoder", "unet", "vae_decoder", "vae_encoder") for name in ("config.json", "model.neuron")),
        ])

    def test_decoder_takes_a_type_and_no_auto_cast_or_level(self):
        self.assertEqual(
            self.exported("decoder", torch_dtype="bfloat16", tensor_parallel_size=2, layout="files"),
            "--task text-generation --instance_type inf2 --batch_size 1 --sequence_length 4096 --tensor_parallel_size 2 --torch_dtype bfloat16",
        )
        weights = os.path.join(self.output, "model", "checkpoint", "weights")
        self.assertEqual(sorted(os.listdir(weights)), ["tp0_sharded_checkpoint.safetensors", "tp1_sharded_checkpoint.safetensors"])
        self.assertEqual(sorted(os.listdir(os.path.join(self.output, "model"))), ["checkpoint", *DECODER_FILES])

    def test_precision_level_cores_and_target(self):
        self.assertEqual(
            self.exported("seq2seq", auto_cast="matmul", auto_cast_type="bf16", opt_level="3", tensor_parallel_size=8, target="trn2", cpu_backend=None,
                          trust_remote_code=True, task="summarization"),
            "--task summarization --instance_type trn2 --batch_size 1 --num_beams 4 --sequence_length 128 --auto_cast matmul --auto_cast_type bf16 -O3 "
            "--disable_neuron_cache --tensor_parallel_size 8 --trust-remote-code",
        )

    def test_children_work_in_the_scratch_folder_and_know_no_token(self):
        self.exported("text-encoder")
        env = self.calls("optimum")[0]["env"]
        self.assertIsNone(env["HF_TOKEN"])
        self.assertIsNone(env["HF_HUB_OFFLINE"])
        scratch = os.path.dirname(env["TMPDIR"])
        self.assertEqual(
            {name: env[name] for name in ("TMPDIR", "NEURON_COMPILE_CACHE_URL", "BASE_COMPILE_WORK_DIR")},
            {"TMPDIR": f"{scratch}/tmp", "NEURON_COMPILE_CACHE_URL": f"{scratch}/neffs", "BASE_COMPILE_WORK_DIR": f"{scratch}/nxd/"},
        )
        self.assertIn("/neuron-", scratch)

    def test_a_task_of_the_user_wins(self):
        self.assertTrue(self.exported("text-encoder", task="fill-mask").startswith("--task fill-mask "))


class Task(World):
    """optimum-cli finds no task for a local folder: we do."""

    def inferred(self, kind, files):
        from neuron_compile.export import infer_task

        folder = self.folder("inferred")
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        self.files(folder, files)
        return infer_task(kind, folder)

    def test_by_architecture(self):
        expected = {
            ("text-encoder", "DistilBertForSequenceClassification"): "text-classification", ("text-encoder", "BertForTokenClassification"): "token-classification",
            ("text-encoder", "BertForQuestionAnswering"): "question-answering", ("text-encoder", "RobertaForMaskedLM"): "fill-mask",
            ("text-encoder", "BertForMultipleChoice"): "multiple-choice", ("text-encoder", "XLMRobertaModel"): "feature-extraction",
            ("vision", "ViTForImageClassification"): "image-classification", ("vision", "LevitForImageClassificationWithTeacher"): "image-classification",
            ("vision", "YolosForObjectDetection"): "object-detection", ("vision", "MobileViTForSemanticSegmentation"): "semantic-segmentation",
            ("vision", "ViTModel"): "feature-extraction", ("audio", "Wav2Vec2ForCTC"): "automatic-speech-recognition",
            ("audio", "Wav2Vec2ForSequenceClassification"): "audio-classification", ("audio", "ASTForAudioClassification"): "audio-classification",
            ("audio", "Wav2Vec2ForAudioFrameClassification"): "audio-frame-classification", ("audio", "Wav2Vec2ForXVector"): "audio-xvector",
            ("audio", "HubertModel"): "feature-extraction", ("seq2seq", "T5ForConditionalGeneration"): "text2text-generation",
            ("seq2seq", "WhisperForConditionalGeneration"): "automatic-speech-recognition", ("clip", "CLIPModel"): "feature-extraction",
            ("decoder", "LlamaForCausalLM"): "text-generation",
        }
        for (kind, architecture), task in expected.items():
            with self.subTest(architecture=architecture):
                self.assertEqual(self.inferred(kind, {"config.json": json.dumps({"architectures": [architecture]})}), task)

    def test_sentence_transformers_are_for_embeddings_whatever_their_architecture(self):
        config = json.dumps({"architectures": ["MPNetForMaskedLM"]})
        self.assertEqual(self.inferred("text-encoder", {"config.json": config}), "fill-mask")
        for marker in ("config_sentence_transformers.json", "sentence_bert_config.json"):
            self.assertEqual(self.inferred("text-encoder", {"config.json": config, marker: "{}"}), "feature-extraction")

    def test_no_config(self):
        self.assertEqual(self.inferred("diffusion", {}), "text-to-image")
        self.assertEqual(self.inferred("text-encoder", {"config.json": "not json"}), "feature-extraction")
        self.assertEqual(self.inferred("text-encoder", {"config.json": '{"architectures": null}'}), "feature-extraction")
        self.assertEqual(self.inferred("text-encoder", {"config.json": "[]"}), "feature-extraction")


class Layout(World):
    def test_archive_and_manifest_name_every_file(self):
        self.model("text-encoder")
        self.compile()
        self.assertEqual(sorted(os.listdir(self.output)), ["manifest.json", "model.tar.gz"])
        content = self.archived()
        manifest = self.manifest()
        self.assertEqual(manifest["files"], [
            {"path": path, "size": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()} for path, text in sorted(content.items())
        ])
        with open(os.path.join(self.output, "model.tar.gz"), "rb") as file:
            packed = file.read()
        self.assertEqual(manifest["artifact"], {
            "layout": "archive", "path": "model.tar.gz", "size": len(packed), "sha256": hashlib.sha256(packed).hexdigest(),
        })

    def test_files(self):
        self.model("decoder")
        self.compile("decoder", layout="files")
        self.assertEqual(sorted(os.listdir(self.output)), ["manifest.json", "model"])
        manifest = self.manifest()
        self.assertEqual([entry["path"] for entry in manifest["files"]], ["checkpoint/weights/tp0_sharded_checkpoint.safetensors", *DECODER_FILES])
        for entry in manifest["files"]:
            with open(os.path.join(self.output, "model", entry["path"]), "rb") as file:
                content = file.read()
            self.assertEqual((entry["size"], entry["sha256"]), (len(content), hashlib.sha256(content).hexdigest()))
        self.assertEqual(manifest["artifact"], {"layout": "files", "path": "model/", "size": sum(entry["size"] for entry in manifest["files"])})

    def test_links_become_files_in_both_layouts(self):
        self.model("text-encoder")
        outside = self.folder("outside")
        self.files(outside, {"vocab.txt": "words\n"})
        self.plan("optimum", links={"vocab.txt": os.path.join(outside, "vocab.txt"), "zagain": "model.neuron", "folder": outside})
        self.compile()
        content = self.archived()
        self.assertEqual((content["vocab.txt"], content["zagain"], content["folder/vocab.txt"]), ("words\n", "compiled \n", "words\n"))
        self.compile(layout="files")
        for path, text in {"vocab.txt": "words\n", "zagain": "compiled \n", "folder/vocab.txt": "words\n", "model.neuron": "compiled \n"}.items():
            path = os.path.join(self.output, "model", path)
            self.assertTrue(stat.S_ISREG(os.lstat(path).st_mode))
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read(), text)
        self.assertTrue(os.path.exists(os.path.join(outside, "vocab.txt")))

    def test_sentence_transformers_keep_what_the_server_tells_them_by(self):
        self.model("text-encoder")
        markers = {"config_sentence_transformers.json": "{}", "sentence_bert_config.json": "{}", "modules.json": "[]"}
        self.files(self.source, {**markers, "README.md": "no"})
        self.compile()
        self.assertEqual(sorted(self.archived()), sorted(["config.json", "model.neuron", "tokenizer.json", *markers]))

    def test_own_code_goes_along_and_ours_does_not(self):
        self.model("vision")
        self.files(self.source, {"code/inference.py": "mine", "code/requirements.txt": "pillow", "code/.hidden": "x", "code/__pycache__/a.pyc": "x"})
        self.compile("vision")
        content = self.archived()
        self.assertEqual(sorted(content), ["code/inference.py", "code/requirements.txt", "config.json", "model.neuron", "tokenizer.json"])
        self.assertEqual(content["code/inference.py"], "mine")

    def test_code_without_a_handler_gets_ours(self):
        self.model("vision")
        self.files(self.source, {"code/requirements.txt": "pillow"})
        self.compile("vision")
        content = self.archived()
        self.assertEqual(content["code/requirements.txt"], "pillow")
        self.assertIn("def model_fn(model_dir", content["code/inference.py"])
        self.assertEqual(json.loads(content["code/neuron_serving.json"]), {"exporter": "optimum", "kind": "vision", "task": "image-classification"})

    def test_a_task_that_nobody_serves_is_refused_before_the_compile(self):
        self.model("vision")
        run = self.refuse("vision", task="feature-extraction")
        self.assertEqual(
            run.message,
            "no server knows the task feature-extraction for a compiled model of kind vision (it knows image-classification, image-segmentation, "
            "semantic-segmentation, object-detection): add a code/inference.py to the source, or give another task",
        )
        self.assertEqual(self.calls("optimum"), [])
        self.assertEqual(
            self.refuse("text-encoder", task="multiple-choice").message,
            "no server knows the task multiple-choice for a compiled model of kind text-encoder (it knows feature-extraction, fill-mask, "
            "question-answering, text-classification, token-classification): add a code/inference.py to the source, or give another task",
        )
        self.files(self.source, {"code/inference.py": "mine"})
        self.compile("vision", task="feature-extraction")

    def test_custom_operators_are_importable_and_go_along(self):
        self.model("text-encoder")
        operators = self.folder("operators")
        self.files(operators, {"relu.py": "x = 1"})
        self.compile(custom_operators=operators)
        self.assertEqual(self.calls("optimum")[0]["env"]["PYTHONPATH"].split(":")[0], operators)
        self.assertEqual(self.archived()["custom_operators/relu.py"], "x = 1")

    def test_an_exporter_that_wrote_nothing_useful(self):
        for kind, missing in (
            ("text-encoder", "model.neuron"), ("seq2seq", "decoder/model.neuron"), ("diffusion", "vae_decoder/model.neuron"), ("decoder", "neuron_config.json"),
        ):
            with self.subTest(kind=kind):
                self.model(kind)
                self.plan("optimum", writes={missing: None})
                self.assertEqual(self.refuse(kind).message, f"the exporter ended without an error, but wrote no {missing}: look for its warnings in the log of the job")

    def test_decoder_without_the_shards_of_all_cores(self):
        self.model("decoder")
        self.plan("optimum", writes={"checkpoint/weights/tp3_sharded_checkpoint.safetensors": None})
        run = self.refuse("decoder", tensor_parallel_size=4)
        self.assertEqual(
            run.message,
            "the exporter ended without an error, but wrote no checkpoint/weights/tp3_sharded_checkpoint.safetensors: look for its warnings in the log of the job",
        )


class Flags(World):
    FLAGS = ["--enable-saturate-infinity", "--tensorizer-options='--a b' $HOME"]

    def test_they_reach_the_subcommand_compile_and_no_other(self):
        self.model("text-encoder")
        older = ["--target=trn1", "compile", "x.hlo"]
        self.plan("optimum", compiles=[NEURONX_CC, older, ["--version"], ["list-operators", "--framework", "XLA"]])
        self.compile(compiler_flag=self.FLAGS)
        self.assertEqual(self.calls("neuronx-cc"), [
            [*NEURONX_CC, *self.FLAGS], [*older, *self.FLAGS], ["--version"], ["list-operators", "--framework", "XLA"],
        ])
        self.assertEqual(self.manifest()["compilerFlags"], self.FLAGS)

    def test_without_flags_the_compiler_is_called_as_it_is(self):
        self.model("text-encoder")
        self.compile()
        self.assertEqual(self.calls("neuronx-cc"), [NEURONX_CC])

    def test_flags_that_had_no_effect_are_a_failure(self):
        self.model("text-encoder")
        self.plan("optimum", compiles=[["--version"]])
        self.assertEqual(
            self.refuse(compiler_flag=["--x", "--y=1"]).message,
            "neuronx-cc was never called through PATH, so --x --y=1 had no effect: leave --compiler-flag out",
        )

    def test_a_decoder_with_flags_takes_no_neff_from_the_hub(self):
        self.model("decoder")
        self.compile("decoder")
        self.compile("decoder", compiler_flag=["--x"])
        self.assertEqual([call["env"]["HF_HUB_OFFLINE"] for call in self.calls("optimum")], [None, "1"])


class Failures(World):
    def test_the_compilers_words_are_the_message(self):
        self.model("text-encoder")
        self.plan("optimum", prints=[
            "Loading: 10%|#  | 1/10\r", "Loading: 100%|###| 10/10\n", "\n", "2026-01-01T00:00:00Z ERROR 7 [neuronx-cc]: Error message: [NCC_EVRF007] too many instructions\n",
        ], raises="neuronx-cc failed with 70")
        run = self.refuse()
        self.assertEqual(
            run.message,
            "optimum-cli export neuron ended with code 1\nError message: [NCC_EVRF007] too many instructions\nRuntimeError: neuronx-cc failed with 70",
        )
        self.assertEqual(run.err, f"compilation failed: {run.message}\n")
        self.assertIn("ERROR 7 [neuronx-cc]: Error message: [NCC_EVRF007] too many instructions\n", run.out)
        self.assertNotIn("10%", run.out)

    def test_a_long_story_keeps_its_end_in_1000_bytes(self):
        self.model("text-encoder")
        self.plan("optimum", prints=[f"ERROR: {'ü' * 300} {number}\n" for number in range(9)], code=3)
        message = self.refuse().message
        self.assertTrue(message.startswith("optimum-cli export neuron ended with code 1\n...üüü"), message)
        self.assertTrue(message.endswith("ü 8"), message)
        self.assertGreater(len(message.encode()), 995)

    def test_killed_by_signal_9(self):
        self.model("text-encoder")
        self.plan("optimum", prints=["Error of the past\n"], signal="SIGKILL")
        message = self.refuse().message
        self.assertEqual(
            message.split("\n")[0],
            "the host ran out of memory: the compiler was killed by signal 9. Run the compile job on a larger instance, or compile smaller shapes",
        )

    def test_full_disk(self):
        self.model("text-encoder")
        self.plan("optimum", raises="[Errno 28] No space left on device: '/x'")
        self.assertEqual(
            self.refuse().message, "the volume is full. Give the compile job a larger volume\nRuntimeError: [Errno 28] No space left on device: '/x'",
        )

    def test_missing_tools(self):
        self.model("text-encoder")
        for tool in ("neuronx-cc", "optimum-cli"):
            os.unlink(os.path.join(self.bin, tool))
            self.assertEqual(
                self.refuse().message,
                f"{tool} is not in the image hf:2.8.0-sdk2.26.0: compile with a Neuron image that has it, Hugging Face's for the exporter optimum",
            )

    def test_the_log_names_operators_on_the_cpu(self):
        self.model("text-encoder")
        self.plan("optimum", prints=[
            "Neuron: Creating Partition #1 for device: Device.NEURON\n", "Neuron: aten::linear:3\n",
            "Neuron: Creating Partition #2 for device: Device.CPU\n", "Neuron: prim::Constant:4\n", "Neuron: aten::sort:2\n", "Neuron: aten::log_softmax:1\n",
        ])
        self.assertEqual(
            self.refuse().message,
            "neuronx-cc cannot place 3 operators on Neuron, allowed on the CPU are 0: aten::log_softmax, aten::sort. "
            "Change the model, or allow more operators on the CPU",
        )

    def test_a_path_that_a_shell_would_read_is_refused(self):
        self.model("text-encoder")
        self.env["TMPDIR"] = self.folder("a b;c")
        run = self.run_script(self.arguments())
        self.assertEqual(run.code, 1)
        self.assertIn("optimum-cli: it hands its arguments to a shell without quotes", run.message)
        self.assertEqual(self.calls("optimum"), [])


class Log(World):
    def test_what_a_person_wants_to_know(self):
        self.model("text-encoder")
        run = self.compile()
        lines = run.out.splitlines()
        self.assertEqual(lines[0], f"compile script 3, key {KEY}, image hf:2.8.0-sdk2.26.0, Neuron SDK 2.26.0")
        self.assertRegex(lines[1], r"^host: \d+ CPUs, [\d.]+ GiB of memory of which [\d.]+ are available, [\d.]+ GiB of disk in /\S+$")
        self.assertRegex(lines[2], r"^versions: python 3\.\d+\.\d+, optimum-neuron 0\.4\.5, neuronx-cc 2\.21\.18209\.0, torch-neuronx 2\.8\.0\.2\.10, ")
        command = next(line for line in lines if line.startswith("running: "))
        self.assertEqual(shlex.split(command)[1:6], ["optimum-cli", "export", "neuron", "-m", self.calls("optimum")[0]["argv"][1]])
        self.assertRegex(lines[-2], r"^compiled in \d+ s, 0 operators on the CPU \(optimum-cli traces the whole graph for Neuron or fails; its log names no operator on the CPU\)$")
        self.assertRegex(lines[-1], r"^stored 3 files, \d+ bytes, as model\.tar\.gz in /\S+/opt/output$")
