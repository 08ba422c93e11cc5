#!/bin/sh
# Whole loops with the real Claude Code and Codex CLI (binaries from PyPI), and Gemini CLI's stand-in, against stand-ins of the models'
# APIs on loopback: no account, no key, no cost. Installs the programs into .build-agents (400 MB to fetch, 800 MB on the disk).
#   scripts/test-agents.sh BELLJAR [TEST...]
set -eu
belljar=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
cd "$(dirname "$0")/.."
place=.build-agents
if [ ! -x "$place/bin/claude" ] || [ ! -x "$place/bin/codex" ]; then
  python3 -m venv "$place/venv" || { echo "test-agents: python3-venv is needed: apt-get install python3-venv" >&2; exit 1; }
  "$place/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps claude-agent-sdk openai-codex-cli-bin
  packages=$("$place/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["platlib"])')
  mkdir -p "$place/bin"
  ln -sf "$packages/claude_agent_sdk/_bundled/claude" "$place/bin/claude"
  ln -sf "$packages/codex_cli_bin/bin/codex" "$place/bin/codex"
fi
cp fixtures/agents/gemini-cli.py "$place/bin/gemini"
chmod +x "$place/bin/gemini"
exec python3 scripts/test-agents.py "$belljar" "$PWD/$place/bin" "$@"
