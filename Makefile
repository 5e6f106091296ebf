# The commands of this repository; README.md says what each is for.

PORT ?= 8080
SUITE ?=
COMPARE ?=
BENCH ?=
# As the image has it: with other flags everything would be compiled once more.
# Exclusive access is checked by the compiler, and at run time in the tests' builds; a release goes without the latter.
RELEASE = swift build -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked

.PHONY: run test bench compare lint format image containers install build clean

# Starts the server with two tenants, potter and thor, on http://*.polls.localhost:$(PORT)/polls/
run: install
	scripts/install-tools curl
	$(RELEASE) --product polls-server
	$(RELEASE) --product polls-admin
	PORT=$(PORT) scripts/run

# The whole test suite, on a real PostgreSQL of its own; what failed stands at the end once more.
test: install
	scripts/install-tools nginx openssl curl chromium chromedriver
	swift build --build-tests
	scripts/test $(if $(SUITE),--filter $(SUITE))

# Measures the figures of the README, beside their references; BENCH is for `polls-bench serve`.
bench: install
	scripts/install-tools wrk
	$(RELEASE)
	scripts/bench $(BENCH)

# Measures the levels side by side, for .polls/comparison/; COMPARE=--quick is a first look.
compare: install
	scripts/install-tools wrk nginx
	$(RELEASE)
	.build/release/polls-bench compare $(COMPARE)

# Formatting and warnings.
lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests sql
	scripts/lint-text

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests sql

# The container image polls:latest.
image:
	docker build --tag polls:latest .

# All of it on a real Docker engine: load, reloads, kills, moves, full disks; then takes everything down.
containers:
	scripts/test-containers

install:
	@scripts/install-tools

build:
	swift build

clean:
	rm -rf .build
