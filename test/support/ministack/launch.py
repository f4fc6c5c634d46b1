"""Starts MiniStack with SageMaker, Application Auto Scaling and the alarms of CloudWatch served by the stand-in. See README.md; `up.sh` does it all.

GATEWAY_PORT: port of MiniStack. STAND_IN_URL: where the stand-in listens.
"""
import importlib.metadata

PINNED = "1.5.33"

installed = importlib.metadata.version("ministack")
if installed != PINNED:
    raise SystemExit(f"launch.py hooks into internals of ministack {PINNED}, but {installed} is installed")

from seams import autoscaling, cloudwatch, ec2, executions, functions, pace, paths, s3, sagemaker, scheduler, stepfunctions  # noqa: E402  (after the version is known to fit)

if __name__ == "__main__":
    for seam in (pace, paths, sagemaker, autoscaling, cloudwatch, stepfunctions, executions, s3, ec2, scheduler, functions):
        seam.install()
    from ministack.app import main

    main()
