// What the compiler says about one script file: the text of all its diagnostics, as a user reads them.
#pragma once
#include <string>

namespace streamql::testing {

/// Compiles the file as far as the compiler goes and renders the diagnostics; the file's name is shown without its folder.
/// The environment holds STREAMQL_TEST = "set" and nothing else.
std::string check_script(const std::string& path);

std::string read_file(const std::string& path);

}  // namespace streamql::testing
