"""Tasks of state machines on the services of the stand-in: `aws-sdk:sagemaker:...`, `aws-sdk:applicationautoscaling:...`, `aws-sdk:cloudwatch:...`."""
import datetime

from ministack.services import stepfunctions

from .standin import SERVICES, StandInError, call, shape_of

# Service as an ARN spells it -> service, prefix of the error names, error for what the service does not model.
INTEGRATIONS = {
    "sagemaker": ("sagemaker", "SageMaker", "SageMakerException"),
    "applicationautoscaling": ("application-autoscaling", "ApplicationAutoScaling", "ApplicationAutoScalingException"),
    "cloudwatch": ("cloudwatch", "CloudWatch", "CloudWatchException"),
}

_forward = stepfunctions._invoke_aws_sdk_integration


def error_name(service, prefix, fallback, operation, kind):
    """Step Functions names errors after the classes of the Java SDK: modelled ones end in Exception, others share one class."""
    if kind not in SERVICES[service]["operations"][operation]["errors"]:
        return f"{prefix}.{fallback}"
    return f"{prefix}.{kind if kind.endswith('Exception') else kind + 'Exception'}"


def with_dates(service, shape_name, value):
    """Timestamps are text in a state machine's data."""
    shape = SERVICES[service]["shapes"].get(shape_name, {})
    if shape.get("type") == "timestamp":
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if shape.get("type") == "structure":
        return {key: with_dates(service, shape["members"][key], item) for key, item in value.items()}
    if shape.get("type") == "list":
        return [with_dates(service, shape["member"], item) for item in value]
    return value


def invoke(resource, data):
    parts = resource.split(":")
    known = INTEGRATIONS.get(parts[6].lower()) if len(parts) == 8 else None
    if known is None:
        return _forward(resource, data)
    service, prefix, fallback = known
    operation = parts[7][0].upper() + parts[7][1:]
    if operation not in SERVICES[service]["operations"]:
        raise stepfunctions._ExecutionError("States.Runtime", f"The stand-in has no operation {operation} of {service}")
    try:
        answer = call(service, operation, data)
    except StandInError as error:
        # The clients of Step Functions call the service by its SDK name.
        error.service = prefix
        raise stepfunctions._ExecutionError(error_name(service, prefix, fallback, operation, error.kind), str(error)) from None
    return with_dates(service, shape_of(service, operation, "output"), answer)


def install():
    stepfunctions._invoke_aws_sdk_integration = invoke
