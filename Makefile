# Belljar. `make demo` and `make test` do all the set-up that they need, and say what they install.
PREFIX ?= /usr/local
SWIFT ?= swift
BELLJAR = .build-release/release/belljar

.PHONY: help setup build build-tests install demo test test-ordinary test-vm test-agents null-loops null-loops-real bench soak soak-memory soak-loop hostile cheats format lint clean

help:
	@echo "make demo             build (2 minutes), and run a loop that makes a real program faster (1 minute)"
	@echo "make test             run the tests"
	@echo "make test-ordinary    the same tests once more as an ordinary user, where you are root"
	@echo "make test-vm          the sandbox's tests on Debian's own kernel with cgroup v2, emulated (half an hour)"
	@echo "make test-agents      whole loops with the real Claude Code and Codex CLI against stand-ins of their APIs (fetches 230 MB, 6 minutes)"
	@echo "make build            the static release binary, $(BELLJAR)"
	@echo "make install PREFIX=  the binary and the ready-made harnesses ($(PREFIX))"
	@echo "make null-loops       2,000 simulated loops of 100 tries that have nothing to find: how many keep something (10 to 20 minutes)"
	@echo "make null-loops-real  three real loops of 30 tries that have nothing to find: what they keep (5 minutes)"
	@echo "make bench            what a launch costs, beside bubblewrap and plain C, and what runs inside loses (BENCH=... picks)"
	@echo "make soak             20 launches of each hostile program and 10,000 more, and a count of what they leave behind"
	@echo "make soak-loop        3,000 loops cut short at random instants and resumed (hours)"
	@echo "make soak-memory      what a loop's controller holds after 1,000 and after 100,000 iterations (half an hour)"
	@echo "make hostile          what hostile programs come to under Belljar, and beside it under bubblewrap"
	@echo "make cheats           candidates that try to win by cheating, and what became of each (docs/cheats.md)"
	@echo "make format | lint    swift format"
	@echo "make clean            remove the build folders"

setup:
	@sh scripts/setup.sh

build: setup
	SWIFT=$(SWIFT) sh scripts/build.sh release belljar
	@strip -o .build-release/belljar $(BELLJAR)
	@echo "built .build-release/belljar"

install:
	@test -x .build-release/belljar || { echo "make install: run 'make build' first" >&2; exit 1; }
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/belljar
	install -m 755 .build-release/belljar $(DESTDIR)$(PREFIX)/bin/belljar
	cp -r harness docs/belljar.schema.json $(DESTDIR)$(PREFIX)/share/belljar/

# Without the optimizer, which takes most of a build's time; what is measured is the demo's programs, not this one.
demo: setup
	SWIFT=$(SWIFT) sh scripts/build.sh debug belljar
	@sh scripts/demo.sh .build/debug/belljar

# These wait for sockets and for time in async code, and starve beside tests that hold the pool's threads while a sandbox runs.
APART = 'EgressTests|RestTests'
test: build-tests
	@SWIFT_BACKTRACE=enable=no bash scripts/run-tests.sh $(SWIFT) test --skip-build --skip $(APART)
	@SWIFT_BACKTRACE=enable=no bash scripts/run-tests.sh $(SWIFT) test --skip-build --filter $(APART)

build-tests: setup
	SWIFT=$(SWIFT) sh scripts/build.sh tests

test-ordinary:
	@sh scripts/test-ordinary.sh --skip $(APART)
	@sh scripts/test-ordinary.sh --filter $(APART)

test-vm:
	@sh scripts/test-vm.sh

# TESTS="codex-retry claude-budget" for some of them.
test-agents: build
	@sh scripts/test-agents.sh .build-release/belljar $(TESTS)

# NULL_LOOPS=200 for a shorter one.
null-loops: build-tests
	BELLJAR_NULL_LOOPS=$${NULL_LOOPS:-2000} $(SWIFT) test --skip-build --filter NullLoopTests

# TRIES=10 for shorter ones.
null-loops-real: build
	@sh scripts/null-loops.sh .build-release/belljar

bench: build
	@sh scripts/bench.sh .build-release/belljar

soak: build
	SWIFT=$(SWIFT) sh scripts/build.sh release launch-benchmark
	@sh scripts/soak.sh

# MEMORY_ITERATIONS=5000 for a shorter one.
soak-memory: build
	@sh scripts/soak-memory.sh .build-release/belljar $${MEMORY_ITERATIONS:-100000}

# SOAK_ROUNDS=100 for a shorter one.
soak-loop: build build-tests
	@sh scripts/soak-loop.sh .build-release/belljar $${SOAK_ROUNDS:-1000}

hostile: build
	@sh scripts/hostile.sh .build-release/belljar

cheats: build-tests
	@SWIFT=$(SWIFT) sh scripts/cheats.sh

format:
	$(SWIFT) format -i -r Sources Tests policies templates benchmarks fixtures/certificate Package.swift

lint:
	$(SWIFT) format lint --strict -r Sources Tests policies templates benchmarks fixtures/certificate Package.swift

clean:
	rm -rf .build .build-release
