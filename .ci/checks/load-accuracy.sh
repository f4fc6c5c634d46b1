#!/usr/bin/env bash
# What the load generator of a benchmark reports, beside what the endpoint did: percentiles and throughput within 3 %, a server that stands still, the rate. In real time, so that nothing else runs beside it.
#
# Needs `npm ci`.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

npx jest --runInBand --coverage=false --testMatch '<rootDir>/test/**/*.accuracy.ts'
