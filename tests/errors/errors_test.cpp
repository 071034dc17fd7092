// Golden errors: every tests/errors/NAME.sql is compiled and what the compiler says is compared, whole, with
// NAME.expected. STREAMQL_REWRITE=1 writes the expected files anew: read the difference before committing it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include <gtest/gtest.h>

#include "compiler/diagnostics/codes.h"
#include "tests/errors/check_script.h"

namespace streamql::testing {
namespace {

std::vector<std::string> scripts() {
    std::vector<std::string> out;
    for (const auto& file : std::filesystem::directory_iterator("tests/errors"))
        if (file.path().extension() == ".sql") out.push_back(file.path().stem());
    std::sort(out.begin(), out.end());
    return out;
}

class GoldenError : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenError, Rendered) {
    std::string base = "tests/errors/" + GetParam();
    std::string said = check_script(base + ".sql");
    ASSERT_FALSE(said.empty()) << "a golden error must have something to say";
    if (std::getenv("STREAMQL_REWRITE")) std::ofstream(base + ".expected", std::ios::binary) << said;
    EXPECT_EQ(said, read_file(base + ".expected"));
    static const std::regex kCode("(?:error|warning|note)\\[([a-z0-9-]+)\\]:");
    for (std::sregex_iterator i(said.begin(), said.end(), kCode), end; i != end; ++i)
        EXPECT_TRUE(is_diagnostic_code((*i)[1].str())) << (*i)[1] << " is not listed in codes.cpp";
}

// Each code that the compiler lists is shown by some golden message (too-long alone needs a script of a mebibyte).
TEST(GoldenErrors, CoverEveryCode) {
    std::string all;
    for (const auto& name : scripts()) all += read_file("tests/errors/" + name + ".expected");
    for (const DiagnosticCode& c : diagnostic_codes()) {
        const bool shown = all.find("[" + std::string(c.code) + "]:") != std::string::npos;
        EXPECT_TRUE(shown || c.code == "too-long") << c.code;
    }
}

INSTANTIATE_TEST_SUITE_P(Errors, GoldenError, ::testing::ValuesIn(scripts()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace streamql::testing
