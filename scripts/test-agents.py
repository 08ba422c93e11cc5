"""Whole loops with real agents against stand-ins of their APIs: see test-agents.sh, which installs the agents and calls this.

    test-agents.py BELLJAR FOLDER-OF-AGENTS [TEST...]
"""

import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "agents"
BELLJAR, AGENTS = sys.argv[1], sys.argv[2]
KEY = "sk-real-" + secrets.token_hex(16)
CANARY = "canary-" + secrets.token_hex(16)


class Kind:
    def __init__(self, name, api, model, base, key, suffix="", budget=1.0, price=(0, 0)):
        self.name, self.api, self.model, self.base, self.key = name, api, model, base, key
        # The suffix of the base URL, a loop's cost budget that some requests fit into, and USD per million tokens.
        self.suffix, self.budget, self.price = suffix, budget, price


KINDS = [
    Kind("claude", "anthropic", "claude-haiku-4-5", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "", 0.40, (1, 5)),
    Kind("codex", "openai", "gpt-5", "OPENAI_BASE_URL", "OPENAI_API_KEY", "/v1", 0.10, (1.25, 10)),
    Kind("gemini", "gemini", "gemini-2.5-pro", "GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY", "", 0.10, (1.25, 10)),
]

RETRY = """
name: agents
goal: Set the speed to 12.
surface: {editable: [code.txt]}
scorers:
  - {name: fast, kind: exit-code, role: gate, run: grep -qx 'speed = 12' code.txt}
"""

OPTIMIZE = """
name: agents
goal: Make the number smaller.
surface: {editable: [code.txt]}
scorers:
  - name: small
    kind: command
    role: objective
    direction: minimize
    deterministic: true
    run: cp code.txt "$BELLJAR_OUT/code.txt"
    score: tr -dc 0-9 < "$BELLJAR_OUT/code.txt"
"""

# The program is the judge; what proposes is a shell's one line.
JUDGED = """
name: agents
goal: Say it clearly.
surface: {{editable: [code.txt]}}
scorers:
  - name: clear
    kind: judge
    role: gate
    at_least: 0.5
    run: cat code.txt
    rubric: 1 if a speed of 12 is said, 0 otherwise.
    repeat: 1
    agent: {{kind: {kind}, model: {model}, budget: {{wall: 90 s}}}}
"""


def edits(values):
    """A conversation for each value: it is read, then written with the client's own tool for edits."""
    old = ["1"] + values[:-1]
    return [
        [{"reasoning": "Let me look.", "text": "I look first.", "calls": [{"read": "{directory}/code.txt"}]},
         {"text": "Now the change.",
          "calls": [{"edit": "{directory}/code.txt", "old": f"speed = {before}", "new": f"speed = {after}"}]},
         {"text": f"The speed is {after}."}]
        for before, after in zip(old, values)]


class Test:
    """A project with a harness, a stand-in of the API, and a loop over both."""

    def __init__(self, folder, kind, harness, script=None, options=(), stop="iterations: 3", wall="90 s", strategy="retry",
                 agent="", proposer=""):
        self.kind, self.folder = kind, pathlib.Path(folder)
        self.tree = self.folder / "tree"
        self.tree.mkdir()
        (self.tree / "code.txt").write_text("speed = 1\n" if harness == RETRY else "speed = 100\n")
        shutil.copy(FIXTURES / "probe.py", self.tree)
        (self.tree / "belljar.yaml").write_text(
            harness + "agent: {" + (
                proposer or f"kind: {kind.name}, model: {kind.model}, budget: {{wall: {wall}}}{agent}") + "}\n"
            f"loop: {{strategy: {strategy}, stop: {{{stop}, wall: 10 min}}}}\n")
        self.run(["git", "init", "-q", "."])
        self.run(["git", "-c", "user.name=t", "-c", "user.email=t@localhost", "add", "-A"])
        self.run(["git", "-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-qm", "first"])
        self.log = self.folder / "requests.jsonl"
        command = [sys.executable, str(FIXTURES / f"{kind.api}.py"), "--key", KEY, "--log", str(self.log), *options]
        if script:
            (self.folder / "script.json").write_text(json.dumps(script))
            command += ["--script", str(self.folder / "script.json")]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = self.server.stdout.readline().strip()
        self.environment = {
            "PATH": AGENTS + ":" + os.environ["PATH"], "HOME": str(self.folder / "home"), "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(self.folder / "state"), "SWIFT_BACKTRACE": "enable=no", "CANARY": CANARY,
            kind.base: f"http://127.0.0.1:{self.port}{kind.suffix}", kind.key: KEY}
        (self.folder / "home").mkdir()
        (self.folder / "home" / ".secrets").write_text(CANARY)
        # A history and settings that must not come along.
        for name in (".claude", ".codex", ".gemini"):
            (self.folder / "home" / name).mkdir()
            (self.folder / "home" / name / "history.jsonl").write_text(CANARY)
        self.run([BELLJAR, "trust"])

    def run(self, command, check=True, timeout=600):
        environment = self.environment if hasattr(self, "environment") else None
        done = subprocess.run(
            command, cwd=self.tree, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{command[:3]} ended with {done.returncode}: {done.stdout[-3000:]}")
        return done

    def loop(self, timeout=600):
        done = self.run([BELLJAR, "loop"], check=False, timeout=timeout)
        self.output = done.stdout
        self.records = [json.loads(line) for line in self.run([BELLJAR, "export"]).stdout.splitlines()]
        return done.returncode

    def tries(self):
        return [record for record in self.records if record.get("record") == "iteration" and record["iteration"] > 0]

    def verdicts(self):
        return [record["verdict"] for record in self.tries()]

    def requests(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def bodies(self):
        return [json.dumps(request["body"]) for request in self.requests()]

    def close(self):
        self.server.terminate()
        self.server.wait()

    def explain(self):
        told = ("iteration", "verdict", "reason", "cost_usd")
        tries = [{name: record[name] for name in told} for record in self.tries()[-5:]]
        return self.output[-2500:] + "\n" + "\n".join(map(str, tries))


def expect(condition, what, test):
    if not condition:
        raise AssertionError(f"{what}\n{test.explain()}")


def contents(folder):
    """Every file below a folder, and what its packed ones hold."""
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            yield path, data
            for start in range(len(data)):
                start = data.find(b"\x1f\x8b\x08", start)
                if start < 0 or start > 1 << 16:
                    break
                try:
                    yield path, zlib.decompressobj(31).decompress(data[start:])
                    break
                except zlib.error:
                    continue


def expect_no_secrets(test):
    for secret in (KEY, CANARY):
        expect(secret not in test.output, "a secret is in the loop's output", test)
        for command in (["log"], ["show", "1"], ["show", "1", "--trace"], ["export"], ["status"]):
            expect(secret not in test.run([BELLJAR, *command], check=False).stdout, f"a secret is in {command}", test)
        for path, data in contents(test.folder / "state"):
            expect(secret.encode() not in data, f"a secret is in {path}", test)
        for body in test.bodies():
            expect(secret not in body, "a secret came out of the sandbox in a request", test)


def retry(kind, folder):
    """The second try has it; the key, the canary and the user's home are nowhere."""
    # Each try begins with the unchanged tree.
    test = Test(folder, kind, RETRY, edits(["7"]) + edits(["12"]))
    try:
        expect(test.loop() == 0, "the loop didn't reach its goal", test)
        expect(test.verdicts() == ["rejected", "kept"], "the verdicts", test)
        patch = test.run([BELLJAR, "diff"]).stdout
        expect("+speed = 12" in patch and "-speed = 1\n" in patch, f"the champion's change is {patch}", test)
        expect((test.tree / "code.txt").read_text() == "speed = 1\n", "the checkout was changed", test)
        trace = test.run([BELLJAR, "show", "2", "--trace"]).stdout
        expect("Now the change." in trace and "The speed is 12." in trace, f"the trace is {trace[-2000:]}", test)
        test.run([BELLJAR, "verify"])
        expect_no_secrets(test)
        for request in test.requests():
            expect(KEY in json.dumps(request["headers"]), "a request came without the real key", test)
    finally:
        test.close()


def optimize(kind, folder):
    """Three tries, each better than the one before."""
    script = []
    for before, after in ((100, 90), (90, 80), (80, 70)):
        script += edits([str(after)])
        script[-1][1]["calls"][0] |= {"old": f"speed = {before}", "new": f"speed = {after}"}
    test = Test(folder, kind, OPTIMIZE, script, strategy="optimize")
    try:
        expect(test.loop() == 0, "the loop found nothing", test)
        expect(test.verdicts() == ["kept"] * 3, "the verdicts", test)
        expect("+speed = 70" in test.run([BELLJAR, "diff"]).stdout, "the champion's change", test)
        expect_no_secrets(test)
    finally:
        test.close()


def continued(kind, folder):
    """The second try goes on with the first one's session."""
    script = []
    for before, after in ((100, 90), (90, 80)):
        turns = edits([str(after)])[0]
        turns[1]["calls"][0] |= {"old": f"speed = {before}", "new": f"speed = {after}"}
        script += turns
    test = Test(
        folder, kind, OPTIMIZE, [script], stop="iterations: 2", strategy="optimize", agent=", context: continued")
    try:
        expect(test.loop() == 0, "the loop found nothing", test)
        expect(test.verdicts() == ["kept"] * 2, "the verdicts", test)
        later = [body for body in test.bodies() if "The last tries" in body]
        expect(later and all("The speed is 90." in body for body in later), "the second try knew nothing", test)
        expect_no_secrets(test)
    finally:
        test.close()


def judges(kind, folder):
    """As a judge it sees the outputs and the rubric, and its answer decides."""
    told = [[{"text": json.dumps({"score": score, "reason": f"the speed earns {score}"})}] for score in (0.25, 0.75)]
    test = Test(
        folder, kind, JUDGED.format(kind=kind.name, model=kind.model), told, stop="iterations: 3, cost: 20 USD",
        proposer="kind: command, run: 'echo speed = 12 > code.txt'")
    try:
        expect(test.loop() == 0, "the loop didn't reach its goal", test)
        expect(test.verdicts() == ["kept"], "the verdicts", test)
        shown = test.run([BELLJAR, "show", "1"]).stdout
        expect("0.75: the speed earns 0.75" in shown and "judge:clear" in shown, f"what it said: {shown}", test)
        expect("judges were asked for a check of the champion: " in shown, f"the check's cost: {shown}", test)
        trace = test.run([BELLJAR, "show", "1", "--trace", "--step", "judge:clear"]).stdout
        expect("judging 1 of 1 of candidate 1" in trace, f"the trace is {trace[-2000:]}", test)
        bodies = [body for body in test.bodies() if "1 if a speed of 12 is said" in body]
        expect(any("speed = 12" in body for body in bodies), "it wasn't shown the output", test)
        expect(not any("Say it clearly" in body or "belljar.yaml" in body for body in bodies), "it saw the tree", test)
        expect_no_secrets(test)
    finally:
        test.close()


def sealed(kind, folder):
    """The agent's own shell finds no secret and no way out."""
    host = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "0"], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, cwd=folder, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    port = host.stdout.readline().split(" port ")[1].split()[0]
    script = [[{"text": "I look around.", "calls": [{"run": f"PROBE_PORTS={port} python3 probe.py"}]},
               {"text": "That is all."}]]
    test = Test(folder, kind, RETRY, script, stop="iterations: 1")
    try:
        test.loop()
        text = test.bodies()[-1].replace("\\\\n", "\n").replace("\\n", "\n")
        expect("probe: end" in text, f"the probe didn't run: {text[-3000:]}", test)
        lines = [line for line in text.splitlines() if line.startswith("probe ")]
        expect(not [line for line in lines if "reached" in line], f"reached: {[l for l in lines if 'reached' in l]}", test)
        expect(len([line for line in lines if "failed" in line]) >= 15, "too few ways were tried", test)
        expect(not [line for line in lines if "found" in line], f"found: {[l for l in lines if 'found' in l]}", test)
        expect_no_secrets(test)
        network = "".join(data.decode("utf-8", "replace") for path, data in contents(test.folder / "state")
                          if "network" in path.name)
        expect("isn't among the calls" in network and "web" in network.lower(), "what was refused isn't logged", test)
    finally:
        test.close()
        host.kill()


def budget(kind, folder):
    """An agent that would go on for ever ends with the loop's cost budget, which it doesn't pass."""
    forever = [[{"text": "On and on.", "calls": [{"run": "true"}]}] * 500]
    test = Test(
        folder, kind, RETRY, forever, ["--input-tokens", "3000", "--output-tokens", "300"],
        stop=f"iterations: 20, failures: 20, cost: {kind.budget} USD")
    try:
        test.loop()
        expect(test.records[0]["end_reason"] == "cost", f"it ended with {test.records[0]['end_reason']}", test)
        answers = sum(request["method"] == "POST" for request in test.requests())
        spent = answers * (3000 * kind.price[0] + 300 * kind.price[1]) / 1e6
        expect(0 < spent <= kind.budget, f"{answers} answers cost {spent} USD of {kind.budget}", test)
    finally:
        test.close()


def waits(kind, folder):
    """A usage limit is waited for, and is no try."""
    options = ["--fail", "usage-limit", "--times", "1" if kind.name != "gemini" else "3", "--retry-after", "3"]
    resets = int(time.time()) + 25
    test = Test(folder, kind, RETRY, edits(["12"]), [*options, "--resets-at", str(resets)])
    try:
        expect(test.loop() == 0, "the loop didn't reach its goal", test)
        expect(test.verdicts() == ["kept"], "the verdicts", test)
        expect("waits" in test.output, "it didn't wait", test)
        if kind.name == "claude":
            expect(time.time() >= resets, "it didn't wait for long enough", test)
    finally:
        test.close()


def no_access(kind, folder):
    """A wrong key ends the loop at once, and isn't a try."""
    test = Test(folder, kind, RETRY, None, ["--fail", "unauthorized"])
    try:
        test.loop()
        expect("no access" in test.output, "the reason", test)
        expect("kept" not in test.verdicts(), "the verdicts", test)
        expect(len(test.requests()) <= 12, f"{len(test.requests())} requests", test)
    finally:
        test.close()


def failures(kind, folder):
    """Answers that fail neither hang nor end the loop; each try says what happened."""
    for mode in ("overloaded", "early-close", "broken-json", "stall", "flood"):
        # Flood and stall are ended by the agent's own time.
        wall = "15 s" if mode in ("stall", "flood") else "90 s"
        place = pathlib.Path(folder) / mode
        place.mkdir()
        test = Test(place, kind, RETRY, None, ["--fail", mode], stop="iterations: 1, failures: 1", wall=wall)
        try:
            began = time.time()
            test.loop(timeout=150)
            expect(time.time() - began < 120, f"{mode} took {time.time() - began:.0f} s", test)
            expect(test.tries() and "kept" not in test.verdicts(), f"{mode}: the verdicts", test)
            print(f"    {mode}: {test.tries()[-1]['verdict']}: {test.tries()[-1]['reason'][:100]}", flush=True)
        finally:
            test.close()


def refuses(kind, folder):
    """A model that will not is a try without a change."""
    test = Test(folder, kind, RETRY, [[{"refusal": "I can't help with that."}] * 5], stop="iterations: 1")
    try:
        test.loop()
        expect("kept" not in test.verdicts() and "refused" in json.dumps(test.tries()), "the reason", test)
    finally:
        test.close()


TESTS = [retry, optimize, continued, judges, sealed, budget, waits, no_access, refuses, failures]


def main():
    wanted = sys.argv[3:]
    failed = 0
    for kind in KINDS:
        for test in TESTS:
            name = f"{kind.name}-{test.__name__.replace('_', '-')}"
            # The stand-in of Gemini CLI keeps no sessions.
            if (kind.name, test) == ("gemini", continued) or (wanted and not any(word in name for word in wanted)):
                continue
            folder = tempfile.mkdtemp(prefix="belljar-agents-", dir=os.environ.get("TMPDIR", "/var/tmp"))
            began = time.time()
            try:
                test(kind, folder)
                print(f"ok    {name}: {test.__doc__} [{time.time() - began:.1f} s]", flush=True)
                shutil.rmtree(folder, ignore_errors=True)
            except (AssertionError, OSError, ValueError, subprocess.TimeoutExpired, IndexError, KeyError) as error:
                failed += 1
                print(f"FAIL  {name}: {type(error).__name__}: {error}\n      {folder}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
