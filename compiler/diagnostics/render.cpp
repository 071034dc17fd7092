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

/// The part of a long line that lies around the marked range.
PrintedLine excerpt(const PrintedLine& whole) {
    constexpr uint32_t kWidth = 160, kBefore = 60;
    constexpr std::string_view kCut = "...";
    if (whole.text.size() <= kWidth) return whole;
    PrintedLine out;
    const uint32_t from = whole.begin > kBefore + kCut.size() ? whole.begin - kBefore : 0;
    std::string_view rest = whole.text;
    uint32_t cell = 0, shown = 0;
    while (!rest.empty() && shown < kWidth) {
        std::string_view before = rest;
        const uint32_t width = cell_width(take_character(rest));
        if (cell >= from) {
            if (shown == 0 && from > 0) out.text = kCut;
            out.text += before.substr(0, before.size() - rest.size());
            shown += width;
        }
        cell += width;
    }
    const uint32_t moved = from == 0 ? 0 : from - static_cast<uint32_t>(kCut.size());
    out.begin = whole.begin - moved;
    out.end = std::min(whole.end, cell) - moved;
    if (!rest.empty()) out.text += kCut;
    return out;
}

/// A message may hold what the script holds, as long as it is.
std::string shortened(const std::string& text) {
    constexpr size_t kMost = 600;
    if (text.size() <= kMost) return text;
    size_t end = kMost;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end) + "...";
}

}  // namespace

std::string render(const Diagnostic& d, const SourceText& source) {
    LineColumn at = source.position(d.span.begin);
    std::string_view line = source.line(at.line);
    uint32_t start = source.line_start(at.line);
    PrintedLine printed = excerpt(print_line(line, d.span.begin - start, std::max(d.span.end, d.span.begin) - start));
    uint32_t carets = std::max(1u, printed.end - printed.begin);

    const SourceText::Place place = source.place(at.line);
    std::string out = fmt::format("{}:{}:{}: {}[{}]: {}\n", place.file, place.line, at.column,
                                  severity_name(d.severity), d.code, shortened(d.message));
    out += fmt::format("{:5} | {}\n", place.line, printed.text);
    out += fmt::format("      | {}{}", std::string(printed.begin, ' '), std::string(carets, '^'));
    if (!d.label.empty()) out += " " + d.label;
    out += "\n";
    for (const std::string& note : d.notes) out += "note: " + shortened(note) + "\n";
    if (!d.help.empty()) out += "help: " + shortened(d.help) + "\n";
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
