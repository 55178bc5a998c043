# Two commands matter: `make serve` and `make test`. Each installs what it lacks, pinned (see .ci/setup); a second run
# installs nothing.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)
# trunk reads NO_COLOR as a flag of its own, and knows only true and false.
unexport NO_COLOR
# Nor need it look for a newer self: the version is pinned.
export TRUNK_SKIP_VERSION_CHECK := true
# Everything is built and linted by one version of Rust: where another is active, rustup is asked for this one. No
# rust-toolchain.toml: rustup knows a toolchain by its name, so that one named "stable" would be fetched anew under
# the name of its version, though it is that version.
RUST := $(shell cat .ci/rust-version)
ifneq ($(word 2,$(shell rustc --version 2>/dev/null)),$(RUST))
export RUSTUP_TOOLCHAIN := $(RUST)
endif
# Targets share folders, the browser and the processors: `make -j` runs them one by one, too.
.NOTPARALLEL:

PORT ?= 8080
WASM := wasm32-unknown-unknown
section = @printf '\n\033[1m== %s\033[0m\n' "$(1)"

.PHONY: help serve build test check native natively-and-build conformance properties wasm browser screenshots words bench size weight later soak fuzz audit budget clean setup setup-test

help:
	@echo "make serve                   build and serve with rebuilds at http://127.0.0.1:$(PORT)/ (PORT=..., FLAGS=--release)"
	@echo "make test                    everything: format, lints, native, conformance, wasm and browser tests"
	@echo "make build                   the optimised site in dist/, for any static host and any folder of it"
	@echo "make conformance VECTORS=dir recorded behaviour of Kubernetes, one line a family (without VECTORS: tests/conformance,"
	@echo "                             and the page conformance.html, which the next build puts beside the site)"
	@echo "make properties CASES=2000   random tests, many more of them and of a fresh seed"
	@echo "make words                   every form of a sentence with an example, in tests/words/words.txt"
	@echo "make screenshots             pictures of every screen, in screenshots/"
	@echo "make bench                   speed of the core, natively and in headless Chromium"
	@echo "make soak MINUTES=60         random acts with all invariants checked, of fresh seeds"
	@echo "make fuzz MINUTES=60         mutated texts, command lines, links, stored work and scripts of acts (nightly Rust)"
	@echo "make audit                   licences and known faults of everything that is used (asks the registries)"
	@echo "make weight                  where the bytes of the program sit"
	@echo "make later                   which functions the page may fetch after its first picture, in .ci/later.txt"
	@echo "make size                    bytes of each file in dist/, raw and brotli (make budget: against .ci/budget.json)"

serve:
	@.ci/setup serve
	@echo "DaemonSet Playground: http://127.0.0.1:$(PORT)/ (the first build takes one to two minutes; Ctrl+C ends it)"
	trunk serve --dist target/serve --address 127.0.0.1 --port $(PORT) $(FLAGS)

# Built again when a source is newer than the page, or was removed.
SOURCES := $(shell find src static index.html Cargo.toml Cargo.lock Trunk.toml package.json package-lock.json \
	.ci/stamp.mjs .ci/split.mjs .ci/wasm.mjs .ci/hash.mjs .ci/later.txt .cargo/config.toml \
	-path static/vendor -prune -o -path static -o -print)

build: dist/index.html

dist/index.html: $(SOURCES) $(wildcard target/conformance.html) | setup
	$(call section,Optimised build)
	trunk build --release

test: setup-test check conformance natively-and-build budget browser
	$(call section,All passed)

# The optimised build takes one processor for most of its time: what runs natively and in wasm does not wait for it. What
# it says comes after them; where they fail it ends with them.
natively-and-build:
	@mkdir -p target
	@set -m; $(MAKE) build </dev/null >target/build.log 2>&1 & build=$$!; set +m; \
	trap "kill -- -$$build 2>/dev/null || true" EXIT; \
	$(MAKE) native wasm; \
	wait $$build || { cat target/build.log; exit 1; }; \
	cat target/build.log

# What is told soonest comes first.
check: setup-test
	$(call section,Format)
	cargo fmt --check
	$(call section,Types: scripts)
	npm run --silent types
	$(call section,Lints: native)
	cargo clippy --all-targets -- -D warnings
	$(call section,Lints: wasm)
	cargo clippy --target $(WASM) --lib --bins --test web -- -D warnings

native:
	$(call section,Native tests)
	cargo test --lib --bins --test runner --test budget

conformance:
	$(call section,Conformance)
	@$(if $(VECTORS),VECTORS=$(abspath $(VECTORS))) cargo test --quiet --test conformance

CASES ?= 2000
properties: export PROPTEST_CASES := $(CASES)
properties: export PROPTEST_RNG_SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
properties:
	$(call section,$(CASES) cases of each random test: seed $(PROPTEST_RNG_SEED))
	cargo test --lib --test runner -- random:: properties::

wasm: setup-test
	$(call section,Wasm tests in Chromium)
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
	WASM_BINDGEN_TEST_WEBDRIVER_JSON=$(CURDIR)/.tools/webdriver.json \
	CHROMEDRIVER="$$(command -v chromedriver)" \
	NATIVE_DIGESTS="$$(cargo run --quiet --example digest)" \
	cargo test --target $(WASM) --test web

browser: setup-test conformance build
	$(call section,Browser tests)
	node --test --test-concurrency=2 --test-reporter=spec tests/e2e/*.test.mjs

# Every screen, in light and dark, for a projector and for a phone; SCREENS=main,taints names some.
screenshots: setup-test build
	@rm -rf screenshots
	@SHOTS=$(CURDIR)/screenshots node --test tests/e2e/screens.test.mjs || true
	@ls screenshots/*.png | wc -l

# Every sentence form with an example, to be read: what changes in it is what a change says otherwise.
words:
	@WORDS=1 cargo test --quiet --test runner words::
	@git diff --stat -- tests/words/words.txt

# One line a figure: `name value unit`. ONLY=scheduler, daemonset or sim runs one part.
bench: setup-test build
	@cargo bench --quiet --bench speed
	@node .ci/bench.mjs
	@node tests/e2e/speed.mjs

size: build
	@node .ci/size.mjs

# Where the bytes of the program sit, by layer, crate and function.
weight: setup
	$(call section,The program with names)
	cargo build --release --target $(WASM)
	wasm-bindgen --target web --no-typescript --out-dir target/weight target/$(WASM)/release/daemonset-playground.wasm
	fast=$$(node -e 'import("./.ci/wasm.mjs").then(({ FAST }) => console.log(...FAST))'); \
		wasm-opt $$fast -g target/weight/daemonset-playground_bg.wasm -o target/weight/page.wasm
	@node .ci/weight.mjs target/weight/page.wasm

# Which functions a first visit does not run: the page gets them once it stands.
later: setup-test
	$(call section,What a first visit runs)
	PLAYGROUND_TELLS=$(CURDIR)/target/names.json trunk build --release --dist target/tells
	DIST=target/tells node .ci/later.mjs target/names.json

# Random acts with all invariants checked after every step, of a fresh seed each round.
MINUTES ?= 60
soak:
	$(call section,Random tests for $(MINUTES) minutes)
	@cargo test --quiet --lib --test runner --no-run
	@mkdir -p target
	@end=$$((SECONDS + 60 * $(MINUTES))); rounds=0; \
	while [ $$SECONDS -lt $$end ]; do \
		seed=$$(od -An -N4 -tu4 /dev/urandom | tr -d ' '); \
		PROPTEST_CASES=500 PROPTEST_RNG_SEED=$$seed cargo test --quiet --lib --test runner -- random:: properties:: \
			>target/soak.log 2>&1 || { echo "seed $$seed:"; cat target/soak.log; exit 1; }; \
		rounds=$$((rounds + 1)); echo "round $$rounds, seed $$seed: all held"; \
	done

# Coverage-guided mutation of texts, command lines, links, stored work and scripts of acts, with what the vectors and
# examples hold to begin with. Needs a nightly Rust: rustup brings it.
FUZZ := text line link stored acts
fuzz: setup
	@.ci/setup fuzz
	@node .ci/seeds.mjs
	@for target in $(FUZZ); do \
		printf '\n\033[1m== Fuzzing: %s\033[0m\n' $$target; \
		cargo +nightly fuzz run $$target --sanitizer none -- -max_total_time=$$((60 * $(MINUTES) / $(words $(FUZZ)))) \
			-timeout=20 -rss_limit_mb=3000 -print_final_stats=1 2>&1 | grep -v '^#.*\(NEW\|REDUCE\|pulse\)'; \
	done

# Crates against deny.toml, npm's packages against npm's advisories.
audit: setup
	@.ci/setup audit
	$(call section,Crates)
	cargo deny check
	$(call section,Packages)
	npm audit

# The bytes of the page against .ci/budget.json; tests/budget holds the costs of steps and panels against it.
budget: build
	$(call section,Bytes of the page)
	@node .ci/size.mjs --check

clean:
	rm -rf dist target static/vendor node_modules .tools

setup:
	@.ci/setup build

setup-test:
	@.ci/setup test
