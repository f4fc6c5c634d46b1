"""Secrets Manager."""
import json
import os


class AccessDeniedException(Exception):
    pass


class _Client:
    def __init__(self, region):
        self.region = region

    def get_secret_value(self, SecretId):
        with open(os.path.join(os.environ["FAKE_WORLD"], "secrets.json"), encoding="utf-8") as file:
            secrets = json.load(file)
        if SecretId not in secrets:
            raise AccessDeniedException("An error occurred (AccessDeniedException): not authorized")
        if secrets[SecretId]["region"] != self.region:
            raise AssertionError(f"asked {self.region}")
        return {"ARN": SecretId, "SecretString": secrets[SecretId]["value"]}


def client(service, region_name=None):
    assert service == "secretsmanager"
    return _Client(region_name)
