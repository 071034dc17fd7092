#include "runtime/connectors/file/file.h"

#include "runtime/connectors/file/file_sink.h"
#include "runtime/connectors/file/file_source.h"
#include "runtime/formats/format_list.h"

namespace streamql {

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
    return c;
}

}  // namespace streamql
