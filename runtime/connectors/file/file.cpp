#include "runtime/connectors/file/file.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include "runtime/connectors/file/file_sink.h"
#include "runtime/connectors/file/file_source.h"
#include "runtime/formats/format_list.h"

namespace streamql {

namespace {

namespace fs = std::filesystem;

fs::path canonical(const std::string& path) {
    std::error_code unknown;
    fs::path p = fs::weakly_canonical(fs::absolute(path, unknown), unknown);
    return (p.has_filename() ? p : p.parent_path()).lexically_normal();  // "a/" is "a"
}

/// The same file, however it is written, or one that the other's folder or glob takes in. A device or a pipe may be
/// shared.
bool same_place(const Options& a, const Options& sink) {
    std::error_code unknown;
    const std::string given = a.text("path");
    const fs::path path = canonical(given), written = canonical(sink.text("path"));
    if (fs::exists(written, unknown) && !fs::is_regular_file(written, unknown)) return false;
    if (path == written) return true;
    if (fs::is_directory(path, unknown)) {
        auto inside = std::mismatch(path.begin(), path.end(), written.begin(), written.end());
        return inside.first == path.end();
    }
    return ::fnmatch(path.c_str(), written.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
}

}  // namespace

Connector file_connector() {
    using enum OptionType;
    Connector c;
    c.name = "file";
    c.doc =
        "Reads a file, a folder or a glob (.gz and .zst too); writes whole files that appear at once (.gz too), or "
        "into a device or pipe.";
    c.options = {
        {.name = "path", .required = true, .doc = "The file; for a source also a folder or a glob."},
        {.name = "header",
         .type = kBoolean,
         .default_value = "true",
         .doc = "csv: whether the first line holds the columns' names."},
        {.name = "follow",
         .type = kBoolean,
         .default_value = "false",
         .sink = false,
         .doc = "Waits for more at the end of the file instead of ending (plain files)."},
        {.name = "rotate.rows",
         .type = kInteger,
         .default_value = "0",
         .source = false,
         .least = "0",
         .doc = "A new file after this many rows; 0 for no such bound."},
        {.name = "rotate.bytes",
         .type = kBytes,
         .default_value = "0",
         .source = false,
         .doc = "A new file after this many bytes before packing; 0 for no such bound."},
        {.name = "rotate.interval",
         .type = kDuration,
         .default_value = "off",
         .source = false,
         .least = "1ms",
         .off = true,
         .doc = "A new file after this time."},
    };
    for (auto& o : format_options("json")) c.options.push_back(o);
    c.make_source = make_file_source;
    c.make_sink = make_file_sink;
    c.check = [](const Options& options, bool as_source, std::vector<OptionProblem>& problems) {
        if (options.text("path").empty())
            problems.push_back(
                {"path", "path is empty", as_source ? "name a file, a folder or a glob" : "name a file"});
        check_format_options(options, as_source, problems);
    };
    c.bounded = [](const Options& options) { return !options.boolean("follow"); };
    c.place_option = "path";
    c.stand_in_option = "path";
    c.stand_in_for = "sample";
    c.local_sink = [](const std::string& name) -> std::map<std::string, std::string> {
        return {{"path", "streamql-out/" + name + ".jsonl"}, {"format", "json"}};
    };
    c.same_place = same_place;
    return c;
}

}  // namespace streamql
