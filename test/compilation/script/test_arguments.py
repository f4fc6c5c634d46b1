"""The arguments and what is said about wrong ones."""

import os

from world import ARN, World

from neuron_compile.arguments import parse
from neuron_compile.errors import CompileError


class Arguments(World):
    def refused(self, message, *more, **named):
        with self.assertRaises(CompileError) as caught:
            parse([*self.arguments(**named), *more])
        self.assertEqual((caught.exception.headline, caught.exception.code), ("wrong arguments: " + message, 2))

    def test_all_of_them(self):
        args = parse(self.arguments(
            kind="text-encoder", task="fill-mask", auto_cast="matmul", auto_cast_type="bf16", opt_level="3", tensor_parallel_size=2, target="trn2",
            source=False, hub_id="bert-base/uncased", revision="0123abc", token_secret=ARN, token_field="token",
            compiler_flag=["--enable-saturate-infinity", "--tensorizer-options='--a b'"], trust_remote_code=True,
        ))
        self.assertEqual(args.shapes, {"batch_size": 1, "sequence_length": 128})
        self.assertEqual(args.compiler_flag, ["--enable-saturate-infinity", "--tensorizer-options='--a b'"])
        self.assertEqual((args.tensor_parallel_size, args.script_version, args.max_cpu_operators), (2, 3, 0))
        self.assertEqual((args.cpu_backend, args.trust_remote_code), (True, True))

    def test_defaults(self):
        args = parse(self.arguments(cpu_backend=None))
        self.assertEqual((args.auto_cast, args.auto_cast_type, args.opt_level, args.tensor_parallel_size), ("none", None, None, 1))
        self.assertEqual((args.cpu_backend, args.trust_remote_code, args.compiler_flag, args.task), (False, False, [], None))

    def test_unknown_and_abbreviated_arguments(self):
        self.refused("unrecognized arguments: --verbose", "--verbose")
        self.refused("unrecognized arguments: --lay=files", "--lay=files")
        self.refused("unrecognized arguments: more", "more")

    def test_missing_arguments(self):
        self.refused("the following arguments are required: --key", key=None)
        self.refused("the following arguments are required: --layout, --output", layout=None, output=None)

    def test_values(self):
        self.refused("argument --key: got 'xyz', allowed 16 to 64 hexadecimal digits", key="xyz")
        self.refused("argument --task: got 'a;b', allowed lower-case letters, digits and hyphens", task="a;b")
        self.refused("argument --hub-id: got 'a/b/c', allowed owner/name", source=None, hub_id="a/b/c", revision="1")
        self.refused("argument --hub-id: got '$(x)', allowed owner/name", source=None, hub_id="$(x)", revision="1")
        self.refused("argument --tensor-parallel-size: got '0', allowed a whole number of at least 1", tensor_parallel_size=0)
        self.refused("argument --tensor-parallel-size: got '1.5', allowed a whole number of at least 1", tensor_parallel_size=1.5)
        self.refused("argument --max-cpu-operators: got '-1', allowed a whole number of at least 0", max_cpu_operators=-1)
        self.refused("argument --compiler-flag: got 'x', allowed a flag of neuronx-cc", compiler_flag="x")
        self.refused("argument --token-secret: got 'hub', allowed the ARN of a secret", token_secret="hub")
        self.refused("argument --target: got 'inf1', allowed inf2, trn1, trn2", target="inf1")
        self.refused("argument --opt-level: got '4', allowed 1, 2, 3", opt_level="4")

    def test_shapes(self):
        names = (
            "batch_size, text_batch_size, image_batch_size, sequence_length, num_beams, num_channels, width, height, num_images_per_prompt, "
            "audio_sequence_length"
        )
        self.refused(f"argument --shape: got 'depth=3', allowed NAME=N with NAME one of {names}", shape="depth=3")
        self.refused(f"argument --shape: got 'width', allowed NAME=N with NAME one of {names}", shape="width")
        self.refused("argument --shape: got '0', allowed a whole number of at least 1", shape="width=0")
        self.refused("--shape names a dimension twice", shape=["width=1", "width=2"])

    def test_source(self):
        self.refused("give either --hub-id or --source", source=None)
        self.refused("give either --hub-id or --source", hub_id="a/b", revision="1")
        self.refused("--hub-id needs --revision: a branch moves, a commit does not", source=None, hub_id="a/b")
        self.refused("--revision goes with --hub-id", revision="1")
        self.refused("--token-secret goes with --hub-id", token_secret=ARN)
        self.refused("--token-field goes with --token-secret", source=None, hub_id="a/b", revision="1", token_field="x")
        self.refused("argument --source: there is no folder '/nowhere'", source="/nowhere")

    def test_precision(self):
        self.refused("--auto-cast-type goes with --auto-cast matmul or all", auto_cast="none", auto_cast_type="bf16")
        self.refused("--auto-cast needs --auto-cast-type", auto_cast="all")
        decoder = "a decoder takes --torch-dtype, not --auto-cast or --opt-level"
        self.refused(decoder, kind="decoder", auto_cast="all", auto_cast_type="bf16")
        self.refused(decoder, kind="decoder", opt_level="2")
        self.refused("--torch-dtype goes with --kind decoder", torch_dtype="bfloat16")

    def test_trace(self):
        user = self.folder("user")
        self.refused("--exporter trace cannot export a decoder", kind="decoder", exporter="trace", user_script=user)
        self.refused("--exporter trace needs --user-script", exporter="trace")
        self.refused("--user-script goes with --exporter trace", user_script=user)
        self.refused("--exporter trace compiles for one core: --tensor-parallel-size must be 1", exporter="trace", user_script=user, tensor_parallel_size=2)
        self.refused("--max-cpu-operators goes with --exporter trace", max_cpu_operators=1)

    def test_the_job_says_what_is_wrong_in_its_message(self):
        run = self.refuse(code=2, layout="zip")
        self.assertEqual(run.message, "wrong arguments: argument --layout: got 'zip', allowed archive, files")
        self.assertEqual(run.err, f"compilation failed: {run.message}\n")
        self.assertEqual(self.calls("optimum"), [])

    def test_the_message_file_is_found_in_both_spellings(self):
        run = self.run_script(["--message-file", self.message_file, "--what"])
        self.assertEqual((run.code, run.message), (2, "wrong arguments: the following arguments are required: --key, --script-version, --kind, --target, --exporter, --layout, --output"))

    def test_without_a_message_file_standard_error_tells(self):
        run = self.run_script(self.arguments(message_file=None))
        self.assertEqual((run.code, run.err), (2, "compilation failed: wrong arguments: the following arguments are required: --message-file\n"))
        self.assertFalse(os.path.exists(self.output))
