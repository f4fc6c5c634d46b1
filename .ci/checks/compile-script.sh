#!/usr/bin/env bash
# The Python tests of what the library ships in Python: the programs themselves run, the tools that they start are faked at the subprocess boundary.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
python3 -B -m unittest discover -s test/compilation/script
python3 -B -m unittest discover -s test/training/launcher
