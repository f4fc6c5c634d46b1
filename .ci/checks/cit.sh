#!/usr/bin/env bash
# npm ci and npm test in one command, as README.md tells users.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
npm cit
