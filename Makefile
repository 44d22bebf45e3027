# Every everyday job by one name. What a step does is in scripts/run, what a
# machine must have is in scripts/prepare. CARGO_TARGET_DIR is honoured.

DIR ?= target/demo

.DEFAULT_GOAL := help
.PHONY: help build demo test lint bench bench-linkage bench-county fuzz prepare clean

help:
	@echo 'make demo     a network of five organisations on this machine, and its story'
	@echo '              ONCE=1 tells the story and ends; DIR=folder keeps it elsewhere'
	@echo 'make test     everything that must hold: prepare, build, lint, tests'
	@echo 'make lint     what needs no running program: format, clippy, tidy, deny, docs'
	@echo 'make build    every crate and test, unoptimised'
	@echo 'make bench    measures two gateways beside a bare nginx pair, scp and mesh-sandbox'
	@echo 'make bench-linkage  measures linkage beside Splink on invented people and FEBRL 4'
	@echo 'make bench-county   measures the pages of a gateway with a county'"'"'s year, on SQLite and PostgreSQL'
	@echo 'make fuzz     each fuzz target for FUZZ_SECONDS (30)'
	@echo 'make prepare  installs what the tests need from Debian, only what is missing'
	@echo 'make clean    removes what was built, and the demo network'

build:
	@scripts/prepare build
	@scripts/run build

demo:
	@scripts/prepare build
	cargo run --locked --package packhorse -- demo --dir '$(DIR)' $(if $(filter-out 0,$(ONCE)),--once)

# Cheap steps first, so that a slip is told within seconds.
test: prepare
	@scripts/run fmt tidy build clippy deny doc judges tests

lint:
	@scripts/prepare build
	@scripts/run fmt tidy clippy deny doc

bench:
	@scripts/prepare bench
	bench/run

bench-linkage:
	@scripts/prepare bench-linkage
	bench/linkage/run

bench-county:
	@scripts/prepare bench-county
	bench/county/run

fuzz:
	@scripts/prepare fuzz
	@scripts/run fuzz

prepare:
	@scripts/prepare test

clean:
	cargo clean
	rm -rf target/demo
