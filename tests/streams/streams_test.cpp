// Stream = batch: random queries over random rows equal PostgreSQL's answers, in any batch size, number of workers and
// tier.
//
// STREAMQL_SEEDS (default 300) says how many, STREAMQL_SEED where to begin; a failing seed is minimised into
// build/failing/, and belongs into tests/streams/cases/ once it is understood.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/streams/harness.h"

namespace streamql::testing {

namespace {

uint64_t number(const char* name, uint64_t otherwise) {
    const char* v = std::getenv(name);
    return v ? std::strtoull(v, nullptr, 10) : otherwise;
}

TEST(StreamEqualsBatch, RandomQueries) {
    Harness harness;
    const uint64_t first = number("STREAMQL_SEED", 1), count = number("STREAMQL_SEEDS", 300);
    std::map<std::string, int> forms;
    int failures = 0;
    size_t rows = 0;
    for (uint64_t seed = first; seed < first + count && failures < 10; ++seed) {
        const Case c = random_case(seed);
        Answer expected;
        try {
            expected = harness.postgres(c);
        } catch (const std::exception& e) {
            ADD_FAILURE() << "seed " << seed << ": PostgreSQL refuses the query: " << e.what();
            ++failures;
            continue;
        }
        rows += expected.size();
        ++forms[c.form];
        const auto settings = all_settings(seed % 5 == 0, seed);
        const std::string problem = harness.compare(c, expected, settings);
        if (problem.empty()) continue;
        ++failures;
        ADD_FAILURE() << "seed " << seed << " (" << c.form << ")\n"
                      << c.stream_query() << "\n"
                      << problem << (number("STREAMQL_MINIMISE", 1) ? "kept as " + harness.minimise(c, settings) : "");
    }
    std::ostringstream summary;
    for (auto& [form, n] : forms) summary << " " << form << ": " << n;
    std::printf("seeds %lu..%lu, %zu answer rows, %ld late rows, %ld stops;%s\n", static_cast<unsigned long>(first),
                static_cast<unsigned long>(first + count - 1), rows, static_cast<long>(harness.late_rows()),
                static_cast<long>(harness.stops()), summary.str().c_str());
    EXPECT_GT(harness.late_rows(), static_cast<int64_t>(count));
    EXPECT_GT(harness.stops(), static_cast<int64_t>(count));
    EXPECT_GT(rows, count) << "the random queries are too selective to prove anything";
}

TEST(StreamEqualsBatch, KeptCases) {
    Harness harness;
    for (auto& entry : std::filesystem::directory_iterator("tests/streams/cases")) {
        if (entry.path().extension() != ".json") continue;
        std::ifstream in(entry.path());
        std::stringstream text;
        text << in.rdbuf();
        const Case c = case_from_json(text.str());
        EXPECT_EQ(harness.compare(c, harness.postgres(c), all_settings(true, 1)), "") << entry.path();
    }
}

}  // namespace

}  // namespace streamql::testing
