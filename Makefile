# What CI runs is .ci/run; these are its parts, and what a developer types.
GO            ?= go
GOLANGCI_LINT ?= v2.15.0
MINIO_CLIENT  ?= v0.0.0-20250313080218-cf909e1063a9
FUZZTIME      ?= 20000x
BIN           := $(shell $(GO) env GOPATH)/bin
LINT          := $(BIN)/golangci-lint-$(GOLANGCI_LINT)
MC            := $(BIN)/minio-client-$(MINIO_CLIENT)
# Packages with goroutines of their own, and of the API's stories those of many clients at once: the race detector makes the others only slow.
RACE          := ./internal/snapshot/... ./internal/cluster/... ./internal/core/... ./internal/api ./internal/server/... \
                 ./internal/telemetry/... ./internal/auth/password/... ./internal/token/...
AT_ONCE       := Once|Parallel|IsOneApplicationCredential

.PHONY: dev test lint race bench interop minio-client e2e prove prove-short cluster cluster-check fuzz postgres build cover

dev: ## a server with a ready cloud on this machine; go run would turn Ctrl-C into an error
	@$(GO) build -o bin/lintel ./cmd/lintel
	@exec bin/lintel dev

test:
	$(GO) test -shuffle=on -timeout 10m ./...

lint: $(LINT)
	$(GO) vet ./...
	$(GO) vet -tags interop,e2e ./test/interop ./test/e2e ./internal/portal/handout
	$(LINT) run

$(LINT): ## built from the module proxy, once for each version
	GOBIN=$(BIN)/lint-$(GOLANGCI_LINT) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	mv $(BIN)/lint-$(GOLANGCI_LINT)/golangci-lint $@ && rmdir $(BIN)/lint-$(GOLANGCI_LINT)

race: ## the detector allocates by itself: budgets of allocations are held by `make test`
	$(GO) test -race -skip 'Alloc' -timeout 15m $(RACE)
	$(GO) test -race -run '$(AT_ONCE)' -timeout 10m ./internal/api/v3

bench: build ## Go's benchmarks, then lintel bench against a constant-answer server
	$(GO) test -run '^$$' -bench . -benchmem ./internal/...
	test/bench.sh

interop: minio-client ## needs the clients that .ci/run installs
	MC=$(MC) $(GO) test -tags interop -count=1 -timeout 10m -v ./test/interop
	$(GO) test -tags interop -count=1 -run Languages -v ./internal/portal/handout

minio-client: $(MC)

$(MC): ## as the linter
	GOBIN=$(BIN)/mc-$(MINIO_CLIENT) $(GO) install github.com/minio/mc@$(MINIO_CLIENT)
	mv $(BIN)/mc-$(MINIO_CLIENT)/mc $@ && rmdir $(BIN)/mc-$(MINIO_CLIENT)

e2e: ## the portal in a real Chromium; pictures of every page are left in $LINTEL_E2E_PICTURES
	LINTEL_E2E_PICTURES=$${LINTEL_E2E_PICTURES:-$${TMPDIR:-/tmp}/lintel-e2e} $(GO) test -tags e2e -count=1 -timeout 15m ./test/e2e

prove: ## every promise of reliability that can be measured here, and the page that says so; needs PostgreSQL's package
	$(GO) run ./test/prove -write docs/operate/proof.md

prove-short: ## the rows that guard every change
	$(GO) run ./test/prove -short

cluster: build ## three nodes behind HAProxy on one temporary PostgreSQL, to break; go run would turn Ctrl-C into an error
	@$(GO) build -o bin/cluster ./test/cluster
	@exec bin/cluster

cluster-check: build ## the same, tried by itself
	$(GO) run ./test/cluster -check

fuzz:
	FUZZTIME=$(FUZZTIME) test/fuzz.sh

postgres: ## fails, instead of saying so, when there is no PostgreSQL
	LINTEL_REQUIRE_POSTGRES=1 $(GO) test -count=1 -timeout 10m ./internal/store/...

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/lintel ./cmd/lintel

cover:
	$(GO) test -coverpkg=./internal/... -coverprofile=cover.out ./...
	$(GO) tool cover -func=cover.out | tail -1
