"""The two calls of the download, and the errors of the Hub by the names of huggingface_hub.errors."""
import json
import os

with open(os.path.join(os.environ["FAKE_WORLD"], "hub.json"), encoding="utf-8") as _file:
    PLAN = json.load(_file)


class HfHubHTTPError(OSError):
    def __init__(self, message, status):
        super().__init__(message)
        self.response = type("Response", (), {"status_code": status})()


class RepositoryNotFoundError(HfHubHTTPError):
    pass


class GatedRepoError(RepositoryNotFoundError):
    pass


class RevisionNotFoundError(HfHubHTTPError):
    pass


class LocalEntryNotFoundError(FileNotFoundError):
    pass


class HfApi:
    def list_repo_files(self, repo_id, *, revision=None):
        token = os.environ.get("HF_TOKEN")
        with open(os.path.join(os.environ["FAKE_WORLD"], "hub.jsonl"), "a", encoding="utf-8") as log:
            log.write(json.dumps({"id": repo_id, "revision": revision, "token": token}) + "\n")
        print(f"debug: authorization: bearer {token}", flush=True)
        if "error" in PLAN:
            kind = globals()[PLAN["error"]]
            raise kind(f"{PLAN['error']} for {repo_id} with {token}", *([PLAN["status"]] if "status" in PLAN else []))
        return list(PLAN["files"])


def snapshot_download(repo_id, *, revision=None, local_dir=None, ignore_patterns=None):
    import fnmatch

    assert revision == PLAN.get("revision", revision), revision
    os.makedirs(os.path.join(local_dir, ".cache", "huggingface"))
    with open(os.path.join(local_dir, ".cache", "huggingface", "model.lock"), "w", encoding="utf-8") as file:
        file.write("x")
    for name, text in PLAN["files"].items():
        if not any(fnmatch.fnmatch(name, pattern) for pattern in ignore_patterns or ()):
            os.makedirs(os.path.dirname(os.path.join(local_dir, name)), exist_ok=True)
            with open(os.path.join(local_dir, name), "w", encoding="utf-8") as file:
                file.write(text)
