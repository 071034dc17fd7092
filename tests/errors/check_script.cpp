#include "tests/errors/check_script.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/diagnostics/render.h"
#include "compiler/parse/parse.h"

namespace streamql::testing {

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string check_script(const std::string& path) {
    SourceText source(std::filesystem::path(path).filename(), read_file(path));
    Diagnostics diagnostics;
    parse(source, diagnostics, [](std::string_view name) -> std::optional<std::string> {
        return name == "STREAMQL_TEST" ? std::optional<std::string>("set") : std::nullopt;
    });
    diagnostics.sort_by_place();
    return render(diagnostics, source);
}

}  // namespace streamql::testing
