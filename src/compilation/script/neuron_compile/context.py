"""What the steps share: the log, a scratch folder, and the environment of children."""

import os
import shutil
import sys
import tempfile

from .child import Log

# Tokens are given to the download alone, see `source.download`.
SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_API_TOKEN")


class Context:
    """One run of the script."""

    def __init__(self):
        self.log = Log()
        self.scratch = None

    def open(self, output):
        """Makes the scratch folder where there is most room: /tmp may be on another, smaller volume than the folders of the job."""
        beside = os.path.dirname(os.path.abspath(output))
        os.makedirs(beside, exist_ok=True)
        self.scratch = tempfile.mkdtemp(prefix="neuron-", dir=max((tempfile.gettempdir(), beside), key=lambda path: shutil.disk_usage(path).free >> 30))

    def close(self):
        """Removes the scratch folder."""
        if self.scratch:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def folder(self, name):
        """A folder in the scratch folder."""
        path = os.path.join(self.scratch, name)
        os.makedirs(path, exist_ok=True)
        return path

    def environment(self, **more):
        """The environment of a child: ours without tokens, everything temporary in the scratch folder."""
        env = {name: value for name, value in os.environ.items() if name not in SECRETS}
        env.update(
            TMPDIR=self.folder("tmp"),
            HF_HOME=self.folder("huggingface"),
            BASE_COMPILE_WORK_DIR=self.folder("nxd") + "/",  # of decoders; else /tmp/nxd_model
            NEURON_COMPILE_CACHE_URL=self.folder("neffs"),  # else /var/tmp/neuron-compile-cache
            PYTHONUNBUFFERED="1",
            HF_HUB_DISABLE_PROGRESS_BARS="1",
            HF_HUB_DISABLE_TELEMETRY="1",
            TOKENIZERS_PARALLELISM="false",
        )
        env.update(more)
        return env

    def module(self, name, *arguments):
        """Command that runs a module of this package in a child; `-c`, so that the code is found in its zip without PYTHONPATH."""
        code = f"import sys; sys.path.insert(0, {os.path.dirname(os.path.dirname(os.path.abspath(__file__)))!r}); " \
            f"from neuron_compile.{name} import main; sys.exit(main(sys.argv[1]))"
        return [sys.executable, "-c", code, *arguments]
