# Thin: every target is one command that can be typed by hand. CONTRIBUTING.md says when to use which.
PRESET ?= release

.PHONY: demo build test asan tsan check format bench servers clean

demo: ## from a bare Debian 12 to a streaming query's results
	tools/setup.sh build
	cmake --preset $(PRESET)
	cmake --build build/$(PRESET) --target streamql
	build/$(PRESET)/streamql run queries/conversion_attribution.sql --local
	@printf '\nEach campaign over all windows (queries/campaign_totals.sql):\n\n'
	@build/$(PRESET)/streamql run queries/campaign_totals.sql --quiet
	@printf '\nThe whole result is in streamql-out/campaign_table.jsonl, one window and campaign a line. To see more:\n'
	@printf '    build/$(PRESET)/streamql explain queries/conversion_attribution.sql\n'
	@printf '    build/$(PRESET)/streamql run queries/conversion_attribution.sql --local --jit off\n'
	@printf '    README.md: your first query, and the same with Kafka and PostgreSQL\n'

build: ## everything, the tests too
	cmake --preset $(PRESET)
	cmake --build build/$(PRESET)

test: ## all there is: real servers, sanitizers (short), checks
	tools/test.sh all

asan: ## unit and stream tests under AddressSanitizer and UBSan
	tools/test.sh asan

tsan: ## the runtime's tests under ThreadSanitizer
	tools/test.sh tsan

check: ## layers, docs, packages, format, lint; FULL=1 lints every file
	tools/check.sh $(if $(FULL),full)

format:
	tools/check.sh format

bench:
	tools/bench/run.sh

servers: ## Kafka, PostgreSQL and Redis on this machine, private; then: eval "$$(tools/servers.sh env)"
	tools/servers.sh start

clean:
	tools/servers.sh wipe
	tools/servers.sh --dir build/test-servers wipe
	rm -rf build
