"""Entry point of the zipped script: `python3 script.zip --key ...`."""

import sys

from neuron_compile.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
