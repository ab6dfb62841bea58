# Thin over the npm scripts of package.json: `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help setup run test e2e up down generate golden check lint format bench consistency faults alarms fuzz previews load
RUN := npm run --silent
# Dockerfiles mount secrets and caches, which the builder before Docker 23 knows only when it is told
export DOCKER_BUILDKIT := 1

help: ## lists these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## installs npm packages and what tests talk to (Redis, PgBouncer, promtool, an API server, Helm), where it is missing
	@$(RUN) setup

run: ## set-up and a running chat stack on this machine; prints one URL; Ctrl-C stops it
	@$(RUN) setup:packages
	@$(RUN) start

test: ## set-up and every test that needs no cluster
	@$(RUN) setup
	@$(RUN) test:parts

e2e: ## end-to-end tests on the cluster of KUBECONFIG; LOAD_IMAGE brings an image to its nodes (default: kind load docker-image)
	@$(RUN) setup:packages
	@$(RUN) e2e

up: ## the stack in Docker Compose, on ports 3001, 6432, 5432 and 6379, with Prometheus on 9090 and Grafana on 3000
	@$(RUN) up

down: ## stops what `make up` started; its data stay
	@$(RUN) down

generate: ## makes generated files (CRD, reference page, compose file, goldens) from their sources
	@$(RUN) setup:packages
	@$(RUN) generate

golden: generate ## the same as generate

previews: ## pictures of all dashboards under docs/images/dashboards, from two minutes of load on a stack of this machine
	@$(RUN) setup:packages
	@$(RUN) previews

check: ## types, format and lint, import directions, stale generated files
	@$(RUN) setup:packages
	@$(RUN) check

lint: ## types, format and lint
	@$(RUN) setup:packages
	@$(RUN) lint

format: ## formats the sources and mends what can be mended
	@$(RUN) setup:packages
	@$(RUN) format

consistency: ## random experiments with two replicas and every fault, for ten minutes; CONSISTENCY_SEED repeats them
	@$(RUN) setup
	@$(RUN) consistency

faults: ## breaks a stack on the cluster of KUBECONFIG in every way, under load, and tells what clients saw; FAULTS picks some
	@$(RUN) setup:packages
	@$(RUN) faults

alarms: ## breaks stacks on the cluster of KUBECONFIG until their alerts fire, and tells how long that took; ALARMS picks some
	@$(RUN) setup:packages
	@$(RUN) alarms

fuzz: ## 20,000 requests made of the OpenAPI document, by Schemathesis (needs Python); FUZZ_CASES, FUZZ_SEED and FUZZ_MINUTES change it
	@$(RUN) setup:packages
	@$(RUN) fuzz

load: ## load tests and their report: configurations compared, peak, up to 10,000 connections (35 minutes); LOAD="--only compare" picks some
	@$(RUN) setup:packages
	@test/set-up/programs
	@test/set-up/k6
	@$(RUN) load -- run $(LOAD)

bench: ## benchmarks as ratios against a limit measured in the same run
	@$(RUN) setup:packages
	@$(RUN) bench
