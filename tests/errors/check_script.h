// What the compiler says about one script file: its diagnostics as a user reads them, and its plans as explain prints
// them.
//
// Nothing is connected to and no code is generated. The environment holds STREAMQL_TEST = "set" and nothing else; the
// file's name is shown without its folder.
#pragma once
#include <string>

namespace streamql::testing {

/// The rendered diagnostics of a whole compilation; with --local if the script's first line starts with "-- local".
std::string check_script(const std::string& path);

/// The stages logical, optimized and pipelines, after the diagnostics if there are any.
std::string explain_script(const std::string& path);

std::string read_file(const std::string& path);

}  // namespace streamql::testing
