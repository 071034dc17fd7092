#include "runtime/connectors/file/file_list.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>

namespace streamql {
namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& p) {
    std::string name = p.filename().string();
    return name.empty() || name[0] == '.' || name[0] == '_' || name.ends_with(".tmp");
}

bool is_glob(const std::string& path) {
    std::error_code ec;
    return path.find_first_of("*?[") != std::string::npos && !fs::exists(path, ec);
}

}  // namespace

Result<std::vector<std::string>> list_files(const std::string& path) {
    std::vector<std::string> out;
    std::error_code ec;
    if (fs::is_directory(path, ec)) {
        for (fs::recursive_directory_iterator it(path, ec), end; !ec && it != end; it.increment(ec)) {
            if (is_hidden(it->path())) {
                if (it->is_directory(ec)) it.disable_recursion_pending();
            } else if (it->is_regular_file(ec)) {
                out.push_back(it->path().string());
            }
        }
        if (ec) return Error{ErrorCode::kOutside, fmt::format("cannot list {}: {}", path, ec.message()), ""};
    } else if (is_glob(path)) {
        glob_t found{};
        if (::glob(path.c_str(), 0, nullptr, &found) == 0)
            for (size_t i = 0; i < found.gl_pathc; ++i)
                if (!fs::is_directory(found.gl_pathv[i], ec)) out.emplace_back(found.gl_pathv[i]);
        ::globfree(&found);
    } else {
        out.push_back(path);
    }
    if (out.empty())
        return Error{ErrorCode::kOutside, fmt::format("no file matches {}", path), "check the option path"};
    std::sort(out.begin(), out.end());
    return out;
}

bool would_list(const std::string& path, const std::string& file) {
    std::error_code ec;
    const fs::path wanted = fs::weakly_canonical(file, ec);
    if (fs::is_directory(path, ec)) {
        const fs::path rest = wanted.lexically_relative(fs::canonical(path, ec));
        return !rest.empty() && *rest.begin() != ".." &&
               std::none_of(rest.begin(), rest.end(), [](const fs::path& part) { return is_hidden(part); });
    }
    if (!is_glob(path)) return fs::weakly_canonical(path, ec) == wanted;
    // the folder of a glob is followed like the file's, its last part is a pattern
    const fs::path pattern(path);
    const fs::path folder = pattern.has_parent_path() ? pattern.parent_path() : fs::path(".");
    return ::fnmatch((fs::weakly_canonical(folder, ec) / pattern.filename()).c_str(), wanted.c_str(),
                     FNM_PATHNAME | FNM_PERIOD) == 0;
}

}  // namespace streamql
