#!/usr/bin/env python3
"""Fills the disk under a loop at random instants, frees it, resumes the loop, and compares it with one that nobody disturbed.

    soak-disk.py BELLJAR PROJECT SMALL-FILE-SYSTEM [ROUNDS]

PROJECT is a checkout whose loop depends on nothing but its seed; SMALL-FILE-SYSTEM is a folder on a file system that may be filled
(`mount -t tmpfs -o size=24m tmpfs DIR`). The state folder lies there.
"""
import collections
import json
import os
import random
import shutil
import subprocess
import sys
import time

belljar, project, small = os.path.abspath(sys.argv[1]), sys.argv[2], os.path.abspath(sys.argv[3])
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 20
environment = dict(os.environ, XDG_STATE_HOME=f"{small}/state")


def run(*words):
    return subprocess.run([belljar, *words], env=environment, cwd=project, capture_output=True, text=True)


def story():
    """What must be the same: everything of a try but times and digests of candidates, which carry times."""
    rows = []
    for line in run("export").stdout.splitlines():
        row = json.loads(line)
        if row["record"] == "iteration":
            keys = ("iteration", "parent", "verdict", "reason", "note", "objective", "ratio", "champion_moved", "prompt")
            scores = [(s["scorer"], s["value"], s["passed"], s["explanation"]) for s in row["scores"]]
            rows.append([row[key] for key in keys] + [scores])
    return rows


def fill():
    path = f"{small}/fill"
    try:
        with open(path, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
    except OSError:
        return path


shutil.rmtree(f"{small}/state", ignore_errors=True)
began = time.monotonic()
whole = run("loop", "--seed", "3")
seconds = time.monotonic() - began
expected = story()
if not expected:
    sys.exit(f"the loop did not run: {whole.stderr}")
codes, wrong = collections.Counter(), 0
for number in range(rounds):
    shutil.rmtree(f"{small}/state", ignore_errors=True)
    loop = subprocess.Popen(
        [belljar, "loop", "--seed", "3"], env=environment, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(random.uniform(0, seconds))
    path = fill()
    output, _ = loop.communicate(timeout=600)
    os.unlink(path)
    codes[loop.returncode] += 1
    if loop.returncode != whole.returncode:
        again = run("resume")
        if "no loop has run" in again.stderr:
            again = run("loop", "--seed", "3")
    verified = run("verify")
    if story() != expected or verified.returncode != 0:
        wrong += 1
        print(f"round {number}: not as undisturbed\n{output[-1000:]}\n{verified.stderr}", flush=True)
print(f"{rounds} rounds, exit codes under a full disk {dict(codes)}, {wrong} wrong")
sys.exit(1 if wrong else 0)
