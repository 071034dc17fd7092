#include "runtime/formats/format_list.h"

#include <fmt/format.h>

#include "runtime/formats/csv_format.h"
#include "runtime/formats/json_format.h"
#include "runtime/formats/raw_format.h"

namespace streamql {
namespace {

void check_csv_options(const Options& options, std::vector<OptionProblem>& problems) {
    if (csv_delimiter(options) == '\0')
        problems.push_back(
            {"delimiter", "the delimiter is one ASCII character, not a quote or a line break", "e.g. delimiter = ';'"});
}

OptionSpec timestamp_option() {
    return {.name = "timestamp.format",
            .type = OptionType::kChoice,
            .choices = {"iso", "epoch_s", "epoch_ms", "epoch_us"},
            .doc = "How timestamps are written: ISO 8601 (the default), or numbers since 1970."};
}

Error unknown_format(std::string_view name, const char* way) {
    std::string names;
    for (auto& f : format_list()) names += (names.empty() ? "" : ", ") + f.name;
    return {ErrorCode::kQuery, fmt::format("format \"{}\" cannot be {}", name, way), "formats: " + names};
}

}  // namespace

const std::vector<Format>& format_list() {
    static const std::vector<Format> kList = {
        {.name = "json",
         .doc = "One JSON object a record; unknown keys are ignored, a missing one is NULL.",
         .options = {timestamp_option()},
         .make_decoder = make_json_decoder,
         .make_encoder = make_json_encoder},
        {.name = "csv",
         .doc = "RFC 4180; an unquoted empty field is NULL.",
         .options = {timestamp_option(),
                     {.name = "delimiter",
                      .doc = "The character between fields: a comma unless given; 'tab' for tabs."},
                     {.name = "null", .doc = "The unquoted text that stands for NULL; empty unless given."}},
         .make_decoder = make_csv_decoder,
         .make_encoder = make_csv_encoder,
         .header = true,
         .quoted = true,
         .check = check_csv_options},
        {.name = "raw",
         .doc = "The record's bytes are the one STRING or BYTES column.",
         .make_decoder = make_raw_decoder,
         .make_encoder = make_raw_encoder,
         .empty_lines = true},
    };
    return kList;
}

const Format* find_format(std::string_view name) {
    for (auto& f : format_list())
        if (f.name == name) return &f;
    return nullptr;
}

const Format* chosen_format(const Options& options) {
    return options.has("format") ? find_format(options.text("format")) : &format_list().front();
}

std::vector<OptionSpec> format_options(std::string default_format) {
    OptionSpec format{.name = "format",
                      .type = OptionType::kChoice,
                      .default_value = std::move(default_format),
                      .doc = "How records are written."};
    std::vector<OptionSpec> out;
    for (auto& f : format_list()) format.choices.push_back(f.name);
    out.push_back(std::move(format));
    for (auto& f : format_list())
        for (auto& o : f.options) {
            bool known = false;
            for (auto& have : out) known |= have.name == o.name;
            if (!known) out.push_back(o);
        }
    return out;
}

void check_format_options(const Options& options, bool, std::vector<OptionProblem>& problems) {
    const Format* chosen = chosen_format(options);
    if (!chosen) return;
    for (auto& f : format_list())
        for (auto& o : f.options) {
            if (!options.has(o.name)) continue;
            bool takes = false, reported = false;
            for (auto& mine : chosen->options) takes |= mine.name == o.name;
            for (auto& p : problems) reported |= p.key == o.name;
            if (!takes && !reported)
                problems.push_back({o.name, fmt::format("format {} has no option \"{}\"", chosen->name, o.name),
                                    fmt::format("it is an option of format = '{}'", f.name)});
        }
    if (chosen->check) chosen->check(options, problems);
}

Result<std::unique_ptr<Decoder>> make_decoder(const SourceSpec& source) {
    const Format* format = chosen_format(source.options);
    if (!format || !format->make_decoder) return unknown_format(source.options.text("format"), "read");
    return format->make_decoder(source);
}

Result<std::unique_ptr<Encoder>> make_encoder(std::string_view name, const Options& options,
                                              const std::vector<ColumnSpec>& columns, std::vector<int> which) {
    const Format* format = find_format(name);
    if (!format || !format->make_encoder) return unknown_format(name, "written");
    if (which.empty())
        for (size_t i = 0; i < columns.size(); ++i) which.push_back(static_cast<int>(i));
    return format->make_encoder(options, columns, std::move(which));
}

}  // namespace streamql
