#include "compiler/diagnostics/render.h"

#include <fmt/core.h>

#include "compiler/diagnostics/text_width.h"

namespace streamql {
namespace {

constexpr uint32_t kTabWidth = 4;

const char* severity_name(Severity severity) {
    switch (severity) {
        case Severity::kError:
            return "error";
        case Severity::kWarning:
            return "warning";
        case Severity::kNote:
            return "note";
    }
    return "";
}

/// A line as printed (tabs expanded) with the cells at which a byte range of it begins and ends.
struct PrintedLine {
    std::string text;
    uint32_t begin = 0;
    uint32_t end = 0;
};

PrintedLine print_line(std::string_view line, uint32_t begin, uint32_t end) {
    PrintedLine out;
    uint32_t cell = 0;
    uint32_t offset = 0;
    bool begun = false;
    bool ended = false;
    while (offset <= line.size()) {
        if (!begun && offset >= begin) out.begin = cell, begun = true;
        if (!ended && offset >= end) out.end = cell, ended = true;
        if (offset == line.size()) break;
        std::string_view rest = line.substr(offset);
        uint32_t c = take_character(rest);
        auto bytes = static_cast<uint32_t>(line.size() - offset - rest.size());
        if (c == '\t') {
            uint32_t width = kTabWidth - cell % kTabWidth;
            out.text.append(width, ' ');
            cell += width;
        } else {
            out.text.append(line.substr(offset, bytes));
            cell += cell_width(c);
        }
        offset += bytes;
    }
    if (!begun) out.begin = cell;
    if (!ended) out.end = cell;
    return out;
}

}  // namespace

std::string render(const Diagnostic& d, const SourceText& source) {
    LineColumn at = source.position(d.span.begin);
    std::string_view line = source.line(at.line);
    uint32_t start = source.line_start(at.line);
    PrintedLine printed = print_line(line, d.span.begin - start, std::max(d.span.end, d.span.begin) - start);
    uint32_t carets = std::max(1u, printed.end - printed.begin);

    const SourceText::Place place = source.place(at.line);
    std::string out = fmt::format("{}:{}:{}: {}[{}]: {}\n", place.file, place.line, at.column,
                                  severity_name(d.severity), d.code, d.message);
    out += fmt::format("{:5} | {}\n", place.line, printed.text);
    out += fmt::format("      | {}{}", std::string(printed.begin, ' '), std::string(carets, '^'));
    if (!d.label.empty()) out += " " + d.label;
    out += "\n";
    for (const std::string& note : d.notes) out += "note: " + note + "\n";
    if (!d.help.empty()) out += "help: " + d.help + "\n";
    return out;
}

std::string render(const Diagnostics& diagnostics, const SourceText& source) {
    std::string out;
    for (const Diagnostic& d : diagnostics.all()) {
        if (!out.empty()) out += "\n";
        out += render(d, source);
    }
    if (diagnostics.dropped() > 0) out += fmt::format("\n{} more errors not shown\n", diagnostics.dropped());
    return out;
}

}  // namespace streamql
