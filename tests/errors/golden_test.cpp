// Golden plans: tests/golden/NAME.sql is compiled without generating code, and its plans are compared, whole, with
// NAME.expected. STREAMQL_REWRITE=1 writes the expected files anew: read the difference before committing it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/errors/check_script.h"

namespace streamql::testing {
namespace {

std::vector<std::string> scripts() {
    std::vector<std::string> out;
    for (const auto& file : std::filesystem::directory_iterator("tests/golden"))
        if (file.path().extension() == ".sql") out.push_back(file.path().stem());
    std::sort(out.begin(), out.end());
    return out;
}

class GoldenPlan : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenPlan, Explained) {
    const std::string base = "tests/golden/" + GetParam();
    const std::string said = explain_script(base + ".sql");
    ASSERT_NE(said.find("== pipelines"), std::string::npos) << said;
    if (std::getenv("STREAMQL_REWRITE")) std::ofstream(base + ".expected", std::ios::binary) << said;
    EXPECT_EQ(said, read_file(base + ".expected"));
}

INSTANTIATE_TEST_SUITE_P(Plans, GoldenPlan, ::testing::ValuesIn(scripts()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace streamql::testing
