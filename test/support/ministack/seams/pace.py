"""Time in state machines that passes as fast as the stand-in's, when STAND_IN_PACE says so: `$$.State.EnteredTime`, start and stop dates, the time of events.

Waits are made as much shorter by SFN_WAIT_SCALE, which up.sh sets with it. A Wait for a timestamp is not paced.
"""
import datetime
import os
import time

from ministack.services import eventbridge, stepfunctions

PACE = float(os.environ.get("STAND_IN_PACE", "1"))
# Seconds since the epoch: the stand-in counts from the same moment.
ORIGIN = float(os.environ.get("STAND_IN_ORIGIN", "0")) / 1000


def now():
    return ORIGIN + (time.time() - ORIGIN) * PACE


def now_iso():
    return datetime.datetime.fromtimestamp(now(), datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def install():
    if PACE == 1:
        return
    stepfunctions.now_iso = now_iso
    eventbridge._now_ts = now
