// The list of all diagnostic codes: one line each, printed by `streamql list codes`.
//
// A stage that reports a new code adds its line to codes.cpp; the golden error tests fail on a code that is not listed.
#pragma once
#include <span>
#include <string_view>

namespace streamql {

struct DiagnosticCode {
    std::string_view code;
    std::string_view doc;  ///< one sentence: when it is reported
};

std::span<const DiagnosticCode> diagnostic_codes();
bool is_diagnostic_code(std::string_view code);

}  // namespace streamql
