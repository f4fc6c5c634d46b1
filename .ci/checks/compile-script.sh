#!/usr/bin/env bash
# The Python tests of the compile script: the script itself runs, the Neuron tools are faked at the subprocess boundary.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
python3 -B -m unittest discover -s test/compilation/script
