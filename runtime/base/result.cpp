#include "runtime/base/result.h"

#include <cstdio>
#include <cstdlib>

namespace streamql {

void check_failed(const char* file, int line, const char* what, const std::string& detail) {
    std::fprintf(stderr,
                 "streamql: internal error at %s:%d: %s%s%s\nThis is a bug of ours: please report it with the query.\n",
                 file, line, what, detail.empty() ? "" : ": ", detail.c_str());
    std::abort();
}

}  // namespace streamql
