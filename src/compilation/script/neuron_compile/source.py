"""Where the model comes from: the Hugging Face Hub at a fixed revision, or a folder that SageMaker filled."""

import json
import os
import posixpath
import shutil
import stat
import tarfile
import zipfile
import zlib

from . import child
from .errors import CompileError, child_failure


def token(arn, field):
    """The Hugging Face token, read with the role of the job. No message of ours may quote the secret."""
    try:
        import boto3  # the images have it; nothing else here needs it
    except ImportError:
        raise CompileError("this image has no boto3 to read the token of the Hugging Face Hub with: use a SageMaker image") from None
    try:
        client = boto3.client("secretsmanager", region_name=arn.split(":")[3])
        value = client.get_secret_value(SecretId=arn).get("SecretString") or ""
    except Exception as error:  # pylint: disable=broad-except
        raise CompileError(
            f"cannot read the secret {arn} ({type(error).__name__}: {error}). Allow the role of the job secretsmanager:GetSecretValue on it"
        ) from None
    if field:
        try:
            value = json.loads(value)[field]
        except (ValueError, KeyError, TypeError):
            raise CompileError(f"the secret {arn} is no JSON object with a member {field!r}") from None
    if not isinstance(value, str) or not value.strip():
        raise CompileError(f"the secret {arn} holds no token")
    return value.strip()


def download(args, folder, secret, context):
    """A snapshot of the model at the revision. `optimum-cli export neuron` has no option for a revision, so it is given this folder."""
    report = os.path.join(context.scratch, "download.json")
    with open(report, "w", encoding="utf-8") as file:
        json.dump({"id": args.hub_id, "revision": args.revision, "folder": folder, "everything": args.exporter == "trace"}, file)
    env = context.environment()
    if secret:
        env["HF_TOKEN"] = secret
    code, lines = child.run(context.module("download", report), context.log, env)
    if code:
        with open(report, encoding="utf-8") as file:
            failure = json.load(file).get("failure")
        raise CompileError(failure) if failure else child_failure(f"downloading {args.hub_id} from the Hugging Face Hub", code, lines)
    shutil.rmtree(os.path.join(folder, ".cache"), ignore_errors=True)  # bookkeeping of huggingface_hub


def unpacked(folder, target):
    """The folder, or `target` with what the single archive in it holds."""
    names = os.listdir(folder)
    path = os.path.join(folder, names[0]) if len(names) == 1 else ""
    if path.endswith((".tar.gz", ".tgz")):
        unpack, failures = _untar, (tarfile.TarError, zlib.error, EOFError, OSError)
    elif path.endswith(".zip"):
        unpack, failures = _unzip, (zipfile.BadZipFile, zlib.error, EOFError, OSError)
    elif not names:
        raise CompileError(f"there is nothing in {folder}: nothing was found at the S3 address of this input")
    else:
        return folder
    os.makedirs(target)
    try:
        unpack(path, os.path.realpath(target))
    except failures as error:
        if isinstance(error, OSError) and error.errno:
            raise  # the disk, not the archive
        raise CompileError(f"{names[0]} is not a readable archive: {error}") from None
    return target


def _inside(root, name, archive):
    """The path of a member, which must lie in the root."""
    path = posixpath.normpath(name.replace("\\", "/"))
    if posixpath.isabs(path) or path == ".." or path.startswith("../"):
        raise CompileError(f"{os.path.basename(archive)} has a member outside of its folder: {name!r}. Pack it again with relative paths")
    return os.path.normpath(os.path.join(root, path))


def _untar(archive, root):
    links = []
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            path = _inside(root, member.name, archive)
            if member.isdir():
                os.makedirs(path, exist_ok=True)
            elif member.isfile():
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with tar.extractfile(member) as source, open(path, "wb") as file:
                    shutil.copyfileobj(source, file)
            elif member.issym():
                links.append((path, _inside(root, posixpath.join(posixpath.dirname(member.name), member.linkname), archive)))
            elif member.islnk():
                links.append((path, _inside(root, member.linkname, archive)))
            else:
                raise CompileError(f"{os.path.basename(archive)} has a member that is neither file, folder nor link: {member.name!r}")
    _copy_links(archive, links)


def _copy_links(archive, links):
    """
    Links become copies. There is never a link on the disk while unpacking, so none can lead a later member outside; and the
    artefact could not hold one anyhow.
    """
    while links:
        waiting = []
        for path, target in links:
            if not os.path.exists(target):
                waiting.append((path, target))
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if os.path.isfile(target):
                shutil.copyfile(target, path)
            elif (path + os.sep).startswith(target + os.sep):
                raise CompileError(f"{os.path.basename(archive)} has a link to a folder around itself: {os.path.basename(path)!r}")
            else:
                shutil.copytree(target, path, dirs_exist_ok=True)
        if len(waiting) == len(links):
            raise CompileError(f"{os.path.basename(archive)} has a link that leads nowhere: {os.path.basename(links[0][0])!r}")
        links = waiting


def _unzip(archive, root):
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            path = _inside(root, member.filename, archive)
            if stat.S_ISLNK(member.external_attr >> 16):
                raise CompileError(f"{os.path.basename(archive)} has a link: {member.filename!r}. Pack it again without links")
            if member.is_dir():
                os.makedirs(path, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with members.open(member) as source, open(path, "wb") as file:
                shutil.copyfileobj(source, file)
