"""`aws-sdk:s3:putObject` tasks, which MiniStack lacks, and numbers in the answers of the S3 tasks that it has.

A body that is not text is written as JSON, as the state machine has it. How AWS writes a body that is text was not found: here it is
written as it is.
"""
import json
import re

from ministack import app
from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions

# Members of answers that are numbers on AWS; S3's XML, and so MiniStack, has text.
NUMBERS = ("KeyCount", "MaxKeys", "Size", "ContentLength", "PartsCount")
HEADERS = {
    "ContentType": "content-type",
    "CacheControl": "cache-control",
    "IfNoneMatch": "if-none-match",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "SsekmsKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}
PARTS = {"Bucket", "Key", "Body", *HEADERS}
# Errors that have a class of their own in the Java SDK, after which Step Functions names them; others share one.
MODELLED = ("NoSuchBucket", "EncryptionTypeMismatch", "InvalidRequest", "InvalidWriteOffset", "TooManyParts")

_forward = stepfunctions._dispatch_aws_sdk_rest_xml


def with_numbers(value):
    if isinstance(value, list):
        return [with_numbers(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: int(item) if key in NUMBERS and isinstance(item, str) and item.isdigit() else with_numbers(item)
        for key, item in value.items()
    }


def put_object(data):
    if unknown := sorted(set(data) - PARTS):
        raise stepfunctions._ExecutionError("States.Runtime", f"The emulator's putObject task does not know {', '.join(unknown)}")
    body = data.get("Body", "")
    payload = (body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))).encode()
    headers = {HEADERS[key]: str(data[key]) for key in HEADERS if key in data}
    headers.update({
        "host": f"s3.{get_region()}.amazonaws.com",
        "content-length": str(len(payload)),
        "authorization": f"AWS4-HMAC-SHA256 Credential={get_account_id()}/20260101/{get_region()}/s3/aws4_request",
    })
    status, answered, text = app.call_service_handler_sync(
        app.SERVICE_HANDLERS["s3"], "PUT", f"/{data['Bucket']}/{data['Key']}", headers, payload, {})
    if status >= 400:
        decoded = text.decode() if isinstance(text, bytes) else text or ""
        code, message = (re.search(rf"<{part}>(.*?)</{part}>", decoded, re.DOTALL) for part in ("Code", "Message"))
        name = f"{code[1] if code and code[1] in MODELLED else 'S3'}Exception"
        raise stepfunctions._ExecutionError(
            stepfunctions._prefix_sdk_error("s3", name), message[1] if message else f"S3 returned status {status}")
    return {"ETag": next((value for key, value in answered.items() if key.lower() == "etag"), "")}


def dispatch(service_info, service_name, action, data):
    if service_name == "s3" and action == "putObject":
        return put_object(data or {})
    answer = _forward(service_info, service_name, action, data)
    return with_numbers(answer) if service_name == "s3" else answer


def install():
    stepfunctions._dispatch_aws_sdk_rest_xml = dispatch
