#include "compiler/diagnostics/source_text.h"

#include <algorithm>

#include "compiler/diagnostics/text_width.h"

namespace streamql {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

SourceText::SourceText(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
    if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
    line_starts_.push_back(0);
    find_lines(0);
}

void SourceText::find_lines(size_t from) {
    for (size_t i = from; i < text_.size(); ++i)
        if (text_[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
}

void SourceText::append(std::string name, std::string_view text) {
    const size_t before = text_.size();
    text_ += "\n;\n";  // on a line of its own: the file before may end in a comment, or without a semicolon
    find_lines(before);
    more_.emplace_back(std::move(name), line_count());
    const size_t begin = text_.size();
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    text_ += text;
    find_lines(begin);
}

SourceText::Place SourceText::place(uint32_t line) const {
    for (auto file = more_.rbegin(); file != more_.rend(); ++file)
        if (line >= file->second) return {file->first, line - file->second + 1};
    return {name_, line};
}

std::string_view SourceText::text(Span span) const {
    uint32_t begin = std::min(span.begin, size());
    return std::string_view(text_).substr(begin, std::min(span.end, size()) - begin);
}

LineColumn SourceText::position(uint32_t offset) const {
    offset = std::min(offset, size());
    auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    auto line = static_cast<uint32_t>(next - line_starts_.begin());
    std::string_view before = std::string_view(text_).substr(line_start(line), offset - line_start(line));
    return {line, count_characters(before) + 1};
}

std::string_view SourceText::line(uint32_t line) const {
    uint32_t begin = line_start(line);
    uint32_t end = line < line_count() ? line_start(line + 1) - 1 : size();
    std::string_view text = std::string_view(text_).substr(begin, end - begin);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    return text;
}

}  // namespace streamql
