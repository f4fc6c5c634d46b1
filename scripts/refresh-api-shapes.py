#!/usr/bin/env python3
"""Writes test/support/standin/shapes/*.json: the request and response shapes that the stand-in checks.

Source: botocore's service models (Apache-2.0, Amazon.com, Inc.), which carry what the AWS SDK for JavaScript drops at
run time: patterns, lengths, ranges. Only what the operations below reach is kept, without documentation.

    python3 -m venv /tmp/shapes && /tmp/shapes/bin/pip install botocore==1.44.5    # or a newer one
    /tmp/shapes/bin/python scripts/refresh-api-shapes.py

Another operation or service: add it to SERVICES, run this, add the behaviour under test/support/standin/.
"""
import datetime
import gzip
import json
import pathlib

import botocore

SERVICES = {
    "sagemaker": ("2017-07-24", [
        "CreateModel", "DescribeModel", "DeleteModel", "ListModels",
        "CreateEndpointConfig", "DescribeEndpointConfig", "DeleteEndpointConfig", "ListEndpointConfigs",
        "CreateEndpoint", "DescribeEndpoint", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities",
        "DeleteEndpoint", "ListEndpoints",
        "CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob", "ListProcessingJobs", "DeleteProcessingJob",
        "CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "UpdateTrainingJob", "ListTrainingJobs", "DeleteTrainingJob",
        "CreateModelPackageGroup", "DescribeModelPackageGroup", "ListModelPackageGroups", "DeleteModelPackageGroup",
        "CreateModelPackage", "DescribeModelPackage", "UpdateModelPackage", "ListModelPackages", "DeleteModelPackage",
        "AddTags", "DeleteTags", "ListTags",
    ]),
    "application-autoscaling": ("2016-02-06", [
        "RegisterScalableTarget", "DeregisterScalableTarget", "DescribeScalableTargets",
        "PutScalingPolicy", "DeleteScalingPolicy", "DescribeScalingPolicies",
        "PutScheduledAction", "DeleteScheduledAction", "DescribeScheduledActions",
        "TagResource", "UntagResource", "ListTagsForResource",
    ]),
    "cloudwatch": ("2010-08-01", [
        "GetMetricData", "PutMetricAlarm", "DescribeAlarms", "DeleteAlarms", "SetAlarmState",
    ]),
    "dynamodb": ("2012-08-10", ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]),
    "events": ("2015-10-07", ["PutEvents"]),
    "lambda": ("2015-03-31", ["Invoke"]),
    "sagemaker-runtime": ("2017-05-13", ["InvokeEndpoint"]),
    "sns": ("2010-03-31", ["Publish"]),
    "ssm": ("2014-11-06", ["GetParameter", "PutParameter"]),
    "stepfunctions": ("2016-11-23", ["StartExecution", "DescribeExecution", "StopExecution", "ListExecutions", "RedriveExecution"]),
}

# What of a shape is a rule. Everything else (documentation, deprecation, wire names that JSON does not use) is left out.
RULES = ("type", "required", "enum", "pattern", "min", "max", "flattened", "sensitive", "union")

REPO = pathlib.Path(__file__).resolve().parent.parent
TARGET = REPO / "test" / "support" / "standin" / "shapes"


def trim(shape):
    kept = {key: shape[key] for key in RULES if key in shape and shape[key] not in ([], None)}
    if "members" in shape:
        kept["members"] = {name: member["shape"] for name, member in shape["members"].items()}
    for part in ("member", "key", "value"):
        if part in shape:
            kept[part] = shape[part]["shape"]
    return kept


def reachable(model, roots):
    found, pending = {}, list(roots)
    while pending:
        name = pending.pop()
        if name in found:
            continue
        found[name] = trim(model["shapes"][name])
        pending += found[name].get("members", {}).values()
        pending += [found[name][part] for part in ("member", "key", "value") if part in found[name]]
    return dict(sorted(found.items()))


def extract(service, version, operations):
    path = pathlib.Path(botocore.__file__).parent / "data" / service / version / "service-2.json.gz"
    model = json.loads(gzip.decompress(path.read_bytes()))
    table, roots = {}, []
    for name in operations:
        operation = model["operations"][name]
        row = {"input": operation["input"]["shape"]}
        if "output" in operation:
            row["output"] = operation["output"]["shape"]
        row["errors"] = sorted(error["shape"] for error in operation.get("errors", []))
        roots += [row[part] for part in ("input", "output") if part in row]
        table[name] = row
    return {
        "source": f"botocore {botocore.__version__}, data/{service}/{version}/service-2.json.gz",
        "license": "Apache-2.0, Copyright Amazon.com, Inc. or its affiliates",
        "date": datetime.date.today().isoformat(),
        "service": service,
        # None: the service does not speak JSON with a target header, see server.ts.
        "targetPrefix": model["metadata"].get("targetPrefix"),
        "operations": table,
        "shapes": reachable(model, roots),
    }


def dump(document):
    """One shape or operation a line: small, and a refresh gives a readable diff."""
    lines = ["{"]
    for key in ("source", "license", "date", "service", "targetPrefix"):
        lines.append(f' "{key}": {json.dumps(document[key])},')
    for key in ("operations", "shapes"):
        rows = [f'  {json.dumps(name)}: {json.dumps(row, separators=(",", ":"))}' for name, row in document[key].items()]
        lines.append(f' "{key}": {{\n' + ",\n".join(rows) + "\n }" + ("," if key == "operations" else ""))
    return "\n".join(lines) + "\n}\n"


for service, (version, operations) in SERVICES.items():
    TARGET.mkdir(parents=True, exist_ok=True)
    text = dump(extract(service, version, operations))
    (TARGET / f"{service}.json").write_text(text)
    print(f"{service}: {len(operations)} operations, {len(text)} bytes")
