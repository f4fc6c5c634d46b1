"""AWS::SageMaker::Model, EndpointConfig, Endpoint and ModelPackageGroup.

Ref gives the ARN of all four (their primary identifier). Attributes: Model: ModelName, ModelArn; EndpointConfig:
EndpointConfigName, Id; Endpoint: EndpointName, EndpointArn, Id; ModelPackageGroup: ModelPackageGroupArn,
ModelPackageGroupStatus.
"""
from . import engine
from .standin import StandInError, call, request_for, wait

# Properties of AWS::SageMaker::Endpoint that only UpdateEndpoint knows.
UPDATE_ONLY = ("RetainAllVariantProperties", "ExcludeRetainedVariantProperties", "RetainDeploymentConfig")
# A change of one of these is an UpdateEndpoint; the flags above only say how.
DEPLOYED = ("EndpointConfigName", "DeploymentConfig")


def name_of(arn):
    return arn.split("/")[-1]


def missing(error):
    return error.message.startswith("Could not find") or error.message.endswith("does not exist.")


def retag(arn, old, new):
    before = {tag["Key"]: tag["Value"] for tag in engine.user_tags(old.get("Tags"))}
    after = {tag["Key"]: tag["Value"] for tag in engine.user_tags(new.get("Tags"))}
    if gone := sorted(before.keys() - after.keys()):
        call("sagemaker", "DeleteTags", {"ResourceArn": arn, "TagKeys": gone})
    if changed := [{"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value]:
        call("sagemaker", "AddTags", request_for("sagemaker", "AddTags", {"ResourceArn": arn, "Tags": changed}))


def creation(kind, properties, stack, logical_id, without=()):
    """The create request: the template's properties, a name when it gives none, tags that may be passed."""
    request = {key: value for key, value in properties.items() if key not in without}
    request.setdefault(f"{kind}Name", engine.generated_name(stack, logical_id))
    if "Tags" in request:
        request["Tags"] = engine.user_tags(request["Tags"])
    return request_for("sagemaker", f"Create{kind}", request)


def immutable(kind, attributes):
    """Every property but Tags means replacement, so an update is a matter of tags."""

    def create(logical_id, properties, stack):
        request = creation(kind, properties, stack, logical_id)
        arn = call("sagemaker", f"Create{kind}", request)[f"{kind}Arn"]
        return arn, attributes(request[f"{kind}Name"], arn)

    def update(arn, old, new, _stack):
        retag(arn, old, new)
        described = call("sagemaker", f"Describe{kind}", {f"{kind}Name": name_of(arn)})
        return arn, attributes(described[f"{kind}Name"], arn)

    def delete(arn, _properties):
        try:
            call("sagemaker", f"Delete{kind}", {f"{kind}Name": name_of(arn)})
        except StandInError as error:
            if not missing(error):
                raise

    return {"create": create, "update": update, "delete": delete}


def endpoint_attributes(name, arn):
    return {"EndpointName": name, "EndpointArn": arn, "Id": arn}


def settled(name):
    """The endpoint once it is not busy any more."""

    def check():
        described = call("sagemaker", "DescribeEndpoint", {"EndpointName": name})
        return described if described["EndpointStatus"] in ("InService", "Failed", "UpdateRollbackFailed") else None

    return wait(check, f"endpoint {name}")


def not_stabilized(described):
    reason = described.get("FailureReason", "no reason given")
    return RuntimeError(f"Resource of type 'AWS::SageMaker::Endpoint' with identifier '{described['EndpointArn']}' did not stabilize. "
                        f"EndpointStatus: {described['EndpointStatus']}. {reason}")


def endpoint_create(logical_id, properties, stack):
    request = creation("Endpoint", properties, stack, logical_id, without=UPDATE_ONLY)
    arn = call("sagemaker", "CreateEndpoint", request)["EndpointArn"]
    described = settled(request["EndpointName"])
    if described["EndpointStatus"] != "InService":
        # CloudFormation deletes what it failed to create; the engine has no record of it yet, so it is done here.
        endpoint_delete(arn, properties)
        raise not_stabilized(described)
    return arn, endpoint_attributes(request["EndpointName"], arn)


def endpoint_update(arn, old, new, _stack):
    name = call("sagemaker", "DescribeEndpoint", {"EndpointName": name_of(arn)})["EndpointName"]
    if any(old.get(key) != new.get(key) for key in DEPLOYED):
        properties = {key: value for key, value in new.items() if key != "Tags"}
        call("sagemaker", "UpdateEndpoint", request_for("sagemaker", "UpdateEndpoint", {**properties, "EndpointName": name}))
        described = settled(name)
        if described["EndpointStatus"] != "InService" or described["EndpointConfigName"] != new["EndpointConfigName"]:
            raise not_stabilized(described)
    retag(arn, old, new)
    return arn, endpoint_attributes(name, arn)


def endpoint_delete(arn, _properties):
    name = name_of(arn)

    def gone():
        try:
            call("sagemaker", "DescribeEndpoint", {"EndpointName": name})
        except StandInError as error:
            if missing(error):
                return True
            raise
        return None

    try:
        call("sagemaker", "DeleteEndpoint", {"EndpointName": name})
    except StandInError as error:
        if missing(error):
            return
        raise
    wait(gone, f"deletion of endpoint {name}")


def install():
    engine.register(
        "AWS::SageMaker::Model", immutable("Model", lambda name, arn: {"ModelName": name, "ModelArn": arn}),
        create_only=("ModelName", "PrimaryContainer", "Containers", "InferenceExecutionConfig", "ExecutionRoleArn", "VpcConfig",
                     "EnableNetworkIsolation"),
        name_property="ModelName", tags=True)
    engine.register(
        "AWS::SageMaker::EndpointConfig", immutable("EndpointConfig", lambda name, arn: {"EndpointConfigName": name, "Id": arn}),
        create_only=("EndpointConfigName", "ProductionVariants", "ShadowProductionVariants", "DataCaptureConfig", "KmsKeyId",
                     "AsyncInferenceConfig", "ExplainerConfig", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation", "MetricsConfig"),
        name_property="EndpointConfigName", tags=True)
    # A policy of the group is not served: CreateModelPackageGroup refuses the member.
    engine.register(
        "AWS::SageMaker::ModelPackageGroup",
        immutable("ModelPackageGroup", lambda _name, arn: {"ModelPackageGroupArn": arn, "ModelPackageGroupStatus": "Completed"}),
        create_only=("ModelPackageGroupName", "ModelPackageGroupDescription"), name_property="ModelPackageGroupName", tags=True)
    engine.register(
        "AWS::SageMaker::Endpoint", {"create": endpoint_create, "update": endpoint_update, "delete": endpoint_delete},
        create_only=("EndpointName",), tags=True, waits=True)
