"""
Starts a training script in a container of a SageMaker training job: hyperparameters become arguments, facts of the job become variables, and a failure
leaves a reason. Python 3.8 and its standard library; the image needs nothing but the script's own dependencies, and torchrun where that is asked for.

    TRAINING_ENTRY_POINT          the script, below the code directory
    TRAINING_LAUNCHER             torchrun, or python
    TRAINING_PROCESSES_PER_NODE   processes that torchrun starts here
    TRAINING_SKIP_REQUIREMENTS    1: requirements.txt is not installed
    TRAINING_HOSTS_TIMEOUT        seconds until the names of all hosts have to be known (900)
    TRAINING_ROOT                 instead of /opt/ml
    RUN_NEURON_PARALLEL_COMPILE   1: the run compiles for NeuronCores, and trains nothing
"""

import json
import os
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback

MASTER_PORT = 7777
REQUIREMENTS = "requirements.txt"

# Kept from the script, as sagemaker-training-toolkit 5.1.0 keeps them (params.py).
KEPT_PREFIX = "sagemaker_"
KEPT_NAMES = ("default_user_module_name", "_tuning_objective_metric")

# FailureReason takes the first 1024 characters of the file; counted in bytes, the end of it is safe in any alphabet.
FAILURE_BYTES = 1024
FAILURE_LINES = 20
KEPT_BYTES = 65536
# MAX_ARG_STRLEN of Linux, which holds `NAME=value` and a NUL.
LONGEST_VARIABLE = 131072

# How torchrun tells that a worker failed. What comes behind it is about torchrun, and longer than a FailureReason.
WORKER_FAILED = re.compile(r"torch[./]distributed[./]elastic[./]multiprocessing[./]api(\.py)?:.*(Sending process \d+ closing signal|failed \(exitcode)")
SECRET_NAME = re.compile(r"TOKEN(?!IZ)|SECRET|PASSW|PASSPHRASE|CREDENTIAL|AUTH|COOKIE|WEBHOOK|CONNECTION_?STRING|(^|_)(API|ACCESS|PRIVATE|SIGNING|ENCRYPTION)?_?KEY$", re.IGNORECASE)
SECRET_IN_URL = re.compile(r"://[^/@\s:]*:([^/@\s]+)@")
SHORTEST_SECRET = 6


class Failed(Exception):
    """The end of a job that did not end well."""

    def __init__(self, headline, code=1, output=b""):
        super().__init__(headline)
        self.headline, self.code, self.output = headline, code, output


# --- Hyperparameters


def decode(text):
    """A value as it was before it became text: JSON where it is JSON, else itself."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return text


def of_the_script(hyperparameters):
    """Those that are for the script and not for a toolkit, decoded."""
    return {
        name: decode(value) for name, value in hyperparameters.items() if not name.startswith(KEPT_PREFIX) and name not in KEPT_NAMES
    }


def shown(value):
    return "" if value is None else str(value)


def to_arguments(values):
    """`--name value` in the order of names; one hyphen before a name of one letter (mapping.to_cmd_args of the toolkit)."""
    arguments = []
    for name in sorted(values):
        value = values[name]
        arguments.append(("--" if len(name) > 1 else "-" if name else "") + name)
        arguments.append(",".join(f"{key}={item}" for key, item in sorted(value.items())) if isinstance(value, dict) else shown(value))
        if not all(map(usable, arguments[-2:])):
            raise Failed(f"hyperparameter {ascii(name)} holds what no argument can: a NUL, or half a surrogate pair")
    return arguments


def usable(text):
    """Whether it can be handed to a process."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


# --- Environment


def variables(values):
    """`SM_` variables, spelled as the toolkit spells them (mapping.to_env_vars): texts as they are, the rest as JSON."""
    found = {}
    for name, value in values.items():
        text = "" if value is None else value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
        variable = f"SM_{name.upper()}"
        if "=" in variable or not usable(variable) or not usable(text):
            continue
        if len(os.fsencode(f"{variable}={text}")) >= LONGEST_VARIABLE:
            say(f"{variable} is left out: it is longer than a variable may be")
            continue
        found[variable] = text
    return found


def output_of(*command):
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return b""


def count_gpus():
    return sum(line.startswith(b"GPU ") for line in output_of("nvidia-smi", "--list-gpus").splitlines())


def count_neurons():
    """Physical NeuronCores, which is what the toolkit counts; on Trainium2 two of them make one that a process can have."""
    listed = decode(output_of(shutil.which("neuron-ls") or "/opt/aws/neuron/bin/neuron-ls", "-j"))
    return sum(device.get("nc_count", 0) for device in listed if isinstance(device, dict)) if isinstance(listed, list) else 0


def environment(job, arguments):
    """Variables of the script."""
    root, hosts = job.root, job.hosts
    given = job.given
    facts = {
        "hosts": hosts,
        "current_host": job.host,
        "network_interface_name": job.interface,
        "current_instance_type": job.resources.get("current_instance_type"),
        "channels": sorted(job.channels),
        "hps": job.hyperparameters,
        "user_args": arguments,
        "user_entry_point": job.entry,
        "model_dir": os.path.join(root, "model"),
        "input_dir": os.path.join(root, "input"),
        "input_config_dir": os.path.join(root, "input", "config"),
        "output_dir": os.path.join(root, "output"),
        "output_data_dir": os.path.join(root, "output", "data"),
        "num_cpus": os.cpu_count(),
        "num_gpus": count_gpus(),
        "num_neurons": count_neurons(),
    }
    facts.update((f"channel_{name}", os.path.join(root, "input", "data", name)) for name in job.channels)
    facts.update((f"hp_{name}", value) for name, value in job.hyperparameters.items())
    return {
        "PYTHONUNBUFFERED": "1",
        "CCOM_SOCKET_IFNAME": job.interface,
        "NCCL_SOCKET_IFNAME": job.interface,
        # torchrun tells its workers; what a script starts by itself has to be told.
        **({"MASTER_ADDR": hosts[0], "MASTER_PORT": str(MASTER_PORT)} if job.launcher == "python" else {}),
        **given,
        **variables(facts),
        # The directory is what is imported from, wherever in it the script lies.
        "PYTHONPATH": os.pathsep.join(filter(None, (job.code, given.get("PYTHONPATH")))),
    }


# --- The job


def read(path):
    """An object of a JSON file; an empty one when there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        return {}
    except ValueError:
        raise Failed(f"{path} is not JSON") from None
    if not isinstance(found, dict):
        raise Failed(f"{path} is not an object")
    return found


class Job:
    """What SageMaker and the variables say."""

    def __init__(self, given):
        self.given = dict(given)
        self.root = given.get("TRAINING_ROOT") or "/opt/ml"
        self.code = os.path.join(self.root, "code")
        config = os.path.join(self.root, "input", "config")
        self.resources = read(os.path.join(config, "resourceconfig.json"))
        self.channels = read(os.path.join(config, "inputdataconfig.json"))
        self.hyperparameters = of_the_script(read(os.path.join(config, "hyperparameters.json")))
        self.hosts = self.resources.get("hosts") or ["algo-1"]
        self.host = self.resources.get("current_host") or self.hosts[0]
        self.interface = self.resources.get("network_interface_name") or "eth0"
        if self.host not in self.hosts:
            raise Failed(f"resourceconfig.json: {self.host} is none of {', '.join(self.hosts)}")
        self.launcher = given.get("TRAINING_LAUNCHER") or "torchrun"
        if self.launcher not in ("torchrun", "python"):
            raise Failed(f"TRAINING_LAUNCHER is {self.launcher!r}: torchrun or python")
        self.entry = given.get("TRAINING_ENTRY_POINT") or ""
        if not self.entry or not os.path.isfile(os.path.join(self.code, self.entry)):
            raise Failed(f"TRAINING_ENTRY_POINT is {self.entry!r}: there is no such file in {self.code}")
        self.compiles = given.get("RUN_NEURON_PARALLEL_COMPILE") == "1"

    def command(self, arguments):
        entry = f"./{self.entry}" if self.entry.startswith("-") else self.entry
        command = ["neuron_parallel_compile"] if self.compiles else []
        if self.launcher == "python":
            return [*command, sys.executable or "python3", entry, *arguments]
        processes = self.given.get("TRAINING_PROCESSES_PER_NODE") or ""
        if not re.fullmatch("[1-9][0-9]*", processes, re.ASCII):
            raise Failed(f"TRAINING_PROCESSES_PER_NODE is {processes!r}: a whole number of at least 1")
        command += ["torchrun", "--nnodes", str(len(self.hosts)), "--nproc_per_node", processes]
        if len(self.hosts) > 1:
            command += ["--master_addr", self.hosts[0], "--master_port", str(MASTER_PORT), "--node_rank", str(self.hosts.index(self.host))]
        return [*command, entry, *arguments]


class Runner:
    """Runs one child after the other, and hands on what asks the job to stop."""

    def __init__(self):
        self.stopped = False
        self.child = None
        self.group = False

    def stop(self, *_):
        self.stopped = True
        self.forward()

    def forward(self):
        if self.child is None or self.child.poll() is not None:
            return
        try:
            if self.group:
                os.killpg(self.child.pid, signal.SIGTERM)
            else:
                self.child.send_signal(signal.SIGTERM)
        except ProcessLookupError:
            pass

    def run(self, command, env, cwd, group=False):
        """The child's exit code and the last of its output. Of a group every process is told to stop, else the child, which tells its own."""
        if self.stopped:
            raise Failed("the job was told to stop before the script began", 128 + signal.SIGTERM)
        if shutil.which(command[0], path=env.get("PATH")) is None:
            raise Failed(f"{command[0]} is not in the image: use another launcher, or another image", 127)
        say("running: " + " ".join(map(shlex.quote, command)))
        try:
            child = subprocess.Popen(  # pylint: disable=consider-using-with
                command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=group,
            )
        except OSError as error:
            raise Failed(f"{command[0]} could not be started: {error.strerror}", 126) from None
        self.group, self.child = group, child
        if self.stopped:
            self.forward()
        tail = stream(child)
        code = child.wait()
        return (code if code >= 0 else 128 - code), tail


def stream(child):
    """Passes on what a child writes, to its end, and returns the last of it."""
    tail, until = b"", None
    while True:
        if select.select([child.stdout], [], [], 0.5)[0]:
            chunk = os.read(child.stdout.fileno(), KEPT_BYTES)
            if not chunk:
                return tail
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            tail = (tail + chunk)[-KEPT_BYTES:]
        elif child.poll() is not None:
            return tail  # what it left behind holds the pipe and has nothing to say
        if child.poll() is not None:
            until = until or time.monotonic() + 5
            if time.monotonic() > until:
                return tail  # or does not stop talking


def say(text):
    sys.stdout.buffer.write((text + "\n").encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def wait_for_hosts(job, runner):
    """The names of the hosts are known a while after the containers run; torchrun does not wait for them."""
    end = time.monotonic() + float(job.given.get("TRAINING_HOSTS_TIMEOUT") or 900)
    for host in job.hosts if len(job.hosts) > 1 else ():
        while not runner.stopped:
            try:
                socket.gethostbyname(host)
                break
            except OSError:
                if time.monotonic() >= end:
                    raise Failed(f"the name of host {host} is not known: it did not start, or the network keeps the hosts apart") from None
                time.sleep(1)


def ended(what, code, runner):
    text = f"{what} ended with exit code {code}"
    if code == 128 + signal.SIGKILL:
        text += " (SIGKILL: mostly, no memory was left)"
    return text + (", after the job was told to stop" if runner.stopped else "")


def train(given, runner):
    """Runs the job; returns when it has ended well."""
    job = Job(given)
    arguments = to_arguments(job.hyperparameters)
    command = job.command(arguments)
    env = environment(job, arguments)
    for directory in (env["SM_MODEL_DIR"], env["SM_OUTPUT_DATA_DIR"]):
        os.makedirs(directory, exist_ok=True)
    if given.get("TRAINING_SKIP_REQUIREMENTS") != "1" and os.path.isfile(os.path.join(job.code, REQUIREMENTS)):
        pip = [sys.executable or "python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS]
        code, output = runner.run(pip, {**job.given, "PIP_ROOT_USER_ACTION": "ignore"}, job.code)
        if code != 0:
            raise Failed(ended(f"pip install of {REQUIREMENTS}", code, runner), code, output)
    wait_for_hosts(job, runner)
    code, output = runner.run(command, env, job.code, group=job.compiles)
    if code != 0:
        raise Failed(ended(job.entry, code, runner), code, output)


# --- The reason of a failure


def secrets_of(given):
    """Values that look like secrets, by the names of their variables or as passwords of addresses; the longest first, for one may be part of another."""
    found = set()
    for name, value in given.items():
        if SECRET_NAME.search(name):
            found.update((value, *value.splitlines()))
        found.update(SECRET_IN_URL.findall(value))
    return sorted((value for value in found if len(value) >= SHORTEST_SECRET), key=len, reverse=True)


def telling_lines(text):
    """The last lines, as a terminal would show them; of torchrun's own report the line that says which worker failed, and how."""
    lines = [line for line in (line.rstrip().rsplit("\r", 1)[-1] for line in text.split("\n")) if line]
    report = next((index for index, line in enumerate(lines) if WORKER_FAILED.search(line)), 0)
    if report == 0:
        return lines[-FAILURE_LINES:]
    worker = next((line for line in lines[report:] if "failed (exitcode" in line), None)
    before = lines[:report][-FAILURE_LINES + 1:]
    return before if worker is None else [*before, worker[worker.index("failed (exitcode"):]]


def failure_text(failed, given):
    text = failed.output.decode("utf-8", "replace")
    headline = failed.headline
    for secret in secrets_of(given):
        text, headline = text.replace(secret, "***"), headline.replace(secret, "***")
    head = headline.encode("utf-8", "backslashreplace")[:FAILURE_BYTES]
    tail = "\n".join(telling_lines(text)).encode("utf-8", "backslashreplace")
    room = FAILURE_BYTES - len(head) - 1
    if len(tail) > room:
        tail = b"..." + tail[3 - room:].decode("utf-8", "ignore").encode("utf-8") if room > 3 else b""
    return (head + (b"\n" + tail if tail else b"")).decode("utf-8", "ignore")


def report(failed, given):
    """Leaves the reason where SageMaker looks for it, unless the script has left its own there."""
    say(f"training failed: {failed.headline}")
    path = os.path.join(given.get("TRAINING_ROOT") or "/opt/ml", "output", "failure")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "x", encoding="utf-8") as file:
            file.write(failure_text(failed, given))
    except OSError as error:
        say(f"{path} is not written: {error.strerror}")


def main(given=None):
    """Exit code of the job."""
    given = dict(os.environ if given is None else given)
    runner = Runner()
    signal.signal(signal.SIGTERM, runner.stop)
    try:
        train(given, runner)
        return 0
    except Failed as failed:
        report(failed, given)
        return failed.code
    except Exception as error:  # pylint: disable=broad-except
        traceback.print_exc()
        report(Failed(f"the launcher failed: {type(error).__name__}: {error}"), given)
        return 1


if __name__ == "__main__":
    sys.exit(main())
