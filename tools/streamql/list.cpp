#include <fmt/format.h>

#include "compiler/diagnostics/codes.h"
#include "compiler/functions/registry.h"
#include "compiler/optimize/optimize.h"
#include "runtime/connectors/connector.h"
#include "runtime/connectors/sink_options.h"
#include "runtime/formats/format_list.h"
#include "tools/streamql/command.h"
#include "tools/streamql/output.h"

namespace streamql::cli {

namespace {

const char* type_text(OptionType t) {
    switch (t) {
        case OptionType::kString:
            return "text";
        case OptionType::kInteger:
            return "integer";
        case OptionType::kDouble:
            return "number";
        case OptionType::kBoolean:
            return "boolean";
        case OptionType::kDuration:
            return "duration";
        case OptionType::kBytes:
            return "bytes";
        case OptionType::kChoice:
            return "choice";
    }
    return "";
}

void print_options(const std::vector<OptionSpec>& options) {
    for (auto& o : options) {
        std::string facts = o.choices.empty() ? type_text(o.type) : fmt::format("{}", fmt::join(o.choices, "|"));
        if (o.required) facts += ", required";
        if (o.secret) facts += ", secret";
        if (o.default_value) facts += ", default " + (o.default_value->empty() ? "''" : *o.default_value);
        if (o.source != o.sink) facts += o.source ? ", source only" : ", sink only";
        print("    {:<26} {} ({})\n", o.name, o.doc, facts);
    }
}

const char* roles(bool source, bool sink) { return source && sink ? "source, sink" : source ? "source" : "sink"; }

template <typename List>
void print_functions(const List& list) {
    for (auto& f : list)
        print("{:<52} -> {:<12} {}\n", signature(f), f.result_rule ? "(by argument)" : f.result.to_string(), f.doc);
}

void list_functions() {
    print_functions(scalar_functions());
    print("\naggregates\n");
    print_functions(aggregate_functions());
    print(
        "\nspecial forms: CASE, COALESCE, NULLIF, CAST and ::, EXTRACT, BETWEEN, IN, IS [NOT] NULL, IS [NOT] DISTINCT "
        "FROM\n");
}

void list_connectors() {
    for (auto& c : connector_list()) {
        print("{}  [{}]  {}\n", c.name, roles(c.make_source, c.make_sink), c.doc);
        print_options(c.options);
    }
    print("every source\n");
    print_options(common_source_options());
    fmt::print("every sink\n");
    print_options(common_sink_options());
}

void list_formats() {
    for (auto& f : format_list()) {
        print("{}  [{}]  {}\n", f.name, roles(f.make_decoder, f.make_encoder), f.doc);
        print_options(f.options);
    }
}

}  // namespace

int list(const std::string& what) {
    if (what == "functions") list_functions();
    if (what == "connectors") list_connectors();
    if (what == "formats") list_formats();
    if (what == "types")
        print(
            "BOOLEAN, SMALLINT, INTEGER, BIGINT, REAL, DOUBLE, DECIMAL(p,s) to 38 digits, NUMERIC, STRING (TEXT, "
            "VARCHAR), BYTES (BYTEA),\n"
            "DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, JSON, ARRAY<T>, MAP<K,V>, STRUCT<name T, ...>\n");
    if (what == "codes")
        for (auto& c : diagnostic_codes()) print("{:<24} {}\n", c.code, c.doc);
    if (what == "settings") print_options(job_option_specs());
    if (what == "passes")
        for (auto& p : optimize::passes()) print("{:<20} {}\n", p.name, p.doc);
    if (what == "generators")
        if (auto* generate = find_connector("generate")) print_options(generate->options);
    return 0;
}

}  // namespace streamql::cli
