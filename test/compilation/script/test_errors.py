"""The message of a failed job: what survives of a long log."""

import contextlib
import io
import os
import sys
import tempfile
import time
import unittest
import unittest.mock

import world  # noqa: F401  puts the script on the path

from neuron_compile.child import Log, run
from neuron_compile.context import Context
from neuron_compile.errors import NOISE, CompileError, child_failure, clip, telling_lines

# As neuronx-cc and torch_neuronx end (aws-neuron-sdk issue 690), inside of optimum-cli.
COMPILER = """\
Compiling:  40%|####      | 2/5 [00:10<00:20]
2023-06-15T12:11:12Z ERROR 85724 [neuronx-cc]: ***************************************************************
2023-06-15T12:11:12Z ERROR 85724 [neuronx-cc]:  An Internal Compiler Error has occurred
2023-06-15T12:11:12Z ERROR 85724 [neuronx-cc]: ***************************************************************
2023-06-15T12:11:12Z ERROR 85724 [neuronx-cc]:
2023-06-15T12:11:12Z ERROR 85724 [neuronx-cc]: Error message:  [NCC_EVRF007] instructions exceed the limit
2023-06-15T12:11:12Z ERROR 85724 [neuronx-cc]: Command line:   neuronx-cc compile model --error
2023-06-15T12:11:12Z ERROR 85724 [neuronx-cc]:   File "neuronxcc/driver/Job.py", line 300, in neuronxcc.driver.Job.SingleInputJob.run
2023-06-15T12:11:12Z ERROR 85724 [neuronx-cc]: Version information:
2023-06-15T12:11:12Z ERROR 85724 [neuronx-cc]:   NeuronX Compiler version 2.6.0.19+3d819e565
2023-06-15T12:11:12Z ERROR 85724 [neuronx-cc]: Artifacts stored in: /tmp/error
Traceback (most recent call last):
  File "torch_neuronx/xla_impl/trace.py", line 200, in hlo_compile
    raise RuntimeError(f"neuronx-cc failed with {status}")
RuntimeError: neuronx-cc failed with 70
subprocess.CalledProcessError: Command 'python3 -m optimum.exporters.neuron -m x' returned non-zero exit status 1.
""".splitlines()


class Telling(unittest.TestCase):
    def test_of_a_compiler_log_the_causes_stay(self):
        self.assertEqual(telling_lines(COMPILER), [
            " An Internal Compiler Error has occurred",
            "Error message:  [NCC_EVRF007] instructions exceed the limit",
            "RuntimeError: neuronx-cc failed with 70",
        ])

    def test_the_last_eight_stay(self):
        self.assertEqual(telling_lines([f"error {number}" for number in range(20)]), [f"error {number}" for number in range(12, 20)])

    def test_a_log_without_a_telling_line_is_shown_from_its_end(self):
        self.assertEqual(telling_lines(["one", "", "two", "...", " 50%|#####     | 1/2"]), ["one", "two"])

    def test_repetitions_count_once(self):
        self.assertEqual(telling_lines(["error a", "error a", "error b"]), ["error a", "error b"])

    def test_the_code_a_traceback_quotes_is_no_cause(self):
        self.assertEqual(telling_lines(['  File "x.py", line 1, in f', "    raise ValueError('error')", "ValueError: no"]), ["ValueError: no"])


class Clip(unittest.TestCase):
    def test_headline_and_lines(self):
        self.assertEqual(clip("head", ["a", "b"]), "head\na\nb")

    def test_the_end_of_the_lines_stays(self):
        text = clip("head", ["x" * 2000, "the end"])
        self.assertEqual(len(text.encode()), 1000)
        self.assertTrue(text.startswith("head\n...xxx"))
        self.assertTrue(text.endswith("x\nthe end"))

    def test_characters_are_not_cut(self):
        for pad in range(4):
            text = clip("h" * (10 + pad), ["ä€𝄞" * 300])
            self.assertLessEqual(len(text.encode("utf-8")), 1000)
            self.assertGreater(len(text.encode("utf-8")), 990)
            self.assertNotIn("\ufffd", text)
            self.assertTrue(text.endswith("ä€𝄞"))

    def test_a_long_headline_is_cut_at_a_character(self):
        self.assertEqual(clip("€" * 400, ["line"]), "€" * 333)

    def test_exactly_the_limit_is_not_cut(self):
        self.assertEqual(clip("head", ["x" * 995]), "head\n" + "x" * 995)
        self.assertEqual(clip("head", ["x" * 996]), "head\n..." + "x" * 992)


class Cause(unittest.TestCase):
    MEMORY = "the host ran out of memory: the compiler was killed by signal 9. Run the compile job on a larger instance, or compile smaller shapes"

    def headline(self, code, *lines):
        return child_failure("tool", code, lines).headline

    def test_signal_9_however_it_is_told_is_memory(self):
        self.assertEqual(self.headline(-9), self.MEMORY)
        self.assertEqual(self.headline(137), self.MEMORY)
        self.assertEqual(self.headline(1, "[F137] neuronx-cc was forcibly killed - This most commonly occurs due to insufficient system memory."), self.MEMORY)
        self.assertEqual(self.headline(1, "RuntimeError: neuronx-cc failed with -9"), self.MEMORY)
        self.assertEqual(self.headline(1, "Command 'x' died with <Signals.SIGKILL: 9>."), self.MEMORY)
        self.assertEqual(self.headline(1, "Command 'x' returned non-zero exit status 137."), self.MEMORY)

    def test_other_ends_are_not(self):
        self.assertEqual(self.headline(1, "RuntimeError: neuronx-cc failed with -91"), "tool ended with code 1")
        self.assertEqual(self.headline(-11), "tool was killed by signal 11")
        self.assertEqual(self.headline(1, "returned non-zero exit status 1."), "tool ended with code 1")

    def test_full_disk(self):
        self.assertEqual(self.headline(1, "OSError: [Errno 28] No space left on device: 'x'"), "the volume is full. Give the compile job a larger volume")

    def test_the_lines_go_along(self):
        error = child_failure("tool", 3, ["fine", "error: broken"])
        self.assertIsInstance(error, CompileError)
        self.assertEqual((error.headline, error.lines, error.code), ("tool ended with code 3", ["error: broken"], 1))


class Environment(unittest.TestCase):
    def test_no_child_gets_a_token_that_happens_to_be_there(self):
        context = Context()
        with tempfile.TemporaryDirectory() as folder, unittest.mock.patch.dict(
            os.environ, {"HF_TOKEN": "a", "HUGGING_FACE_HUB_TOKEN": "b", "HF_API_TOKEN": "c", "OTHER": "d"}
        ):
            context.open(os.path.join(folder, "out"))
            env = context.environment()
            context.close()
        self.assertEqual({name for name in env if "TOKEN" in name}, {"TOKENIZERS_PARALLELISM"})
        self.assertEqual(env["OTHER"], "d")


class LongLines(unittest.TestCase):
    def test_progress_is_looked_for_in_no_time(self):
        for line in ("9" * 200_000, "9" * 200_000 + "%|", "x" * 200_000):
            began = time.process_time()
            NOISE.search(line)
            # Milliseconds; a pattern that goes back at every digit takes minutes.
            self.assertLess(time.process_time() - began, 2)

    def test_a_child_that_prints_megabytes_without_an_end(self):
        log = Log()
        with contextlib.redirect_stdout(io.StringIO()):
            code, lines = run([sys.executable, "-c", "import sys; sys.stdout.write('x' * (16 << 20))"], log)
        self.assertEqual(code, 0)
        self.assertLessEqual(max(len(line) for line in lines), 2 * 65536)


class Redaction(unittest.TestCase):
    def test_secrets_and_their_form_in_addresses(self):
        log = Log()
        log.hide("a+b/c")
        self.assertEqual(log.redact("a+b/c a%2Bb%2Fc a+b"), "*** *** a+b")

    def test_a_secret_that_is_there_twice(self):
        log = Log()
        log.hide("secret")
        self.assertEqual(log.redact("secret and secret, secretsecret"), "*** and ***, ******")

    def test_the_longer_secret_first(self):
        log = Log()
        log.hide("abc")
        log.hide("abcdef")
        self.assertEqual(log.redact("abcdef abc"), "*** ***")


if __name__ == "__main__":
    unittest.main()
