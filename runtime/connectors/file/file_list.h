// The files that a source's option `path` names: one file, a folder's files or a glob's.
#pragma once
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace streamql {

/// In order of their names. Hidden files of a folder (._*, *.tmp) are left out.
Result<std::vector<std::string>> list_files(const std::string& path);
/// Whether a file of this name, once it is there, is one that `path` names.
bool would_list(const std::string& path, const std::string& file);

}  // namespace streamql
