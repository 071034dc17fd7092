// The text of a script, of one file or of several, and the way from a byte offset to a file, line and column.
//
// Invariants: offsets are bytes (texts are at most 4 GiB); lines and columns count from 1; a column counts characters,
// not bytes; lines end at LF, and a CR before it belongs to the line end; a byte order mark at the
// start is no part of the text. Ownership: owns its bytes. Threading:
// immutable.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/diagnostics/span.h"

namespace streamql {

struct LineColumn {
    uint32_t line = 1;
    uint32_t column = 1;
    bool operator==(const LineColumn&) const = default;
};

class SourceText {
  public:
    SourceText(std::string name, std::string text);
    /// Appends another file, a statement of its own at the least; line() and position() go on counting.
    void append(std::string name, std::string_view text);

    /// Of the first file.
    const std::string& name() const { return name_; }
    std::string_view text() const { return text_; }
    std::string_view text(Span span) const;
    uint32_t size() const { return static_cast<uint32_t>(text_.size()); }

    LineColumn position(uint32_t offset) const;
    uint32_t line_count() const { return static_cast<uint32_t>(line_starts_.size()); }
    /// The line's bytes without its end; `line` counts from 1.
    std::string_view line(uint32_t line) const;
    /// Offset of the line's first byte.
    uint32_t line_start(uint32_t line) const { return line_starts_[line - 1]; }

    /// A line by its file and its number there.
    struct Place {
        const std::string& file;
        uint32_t line;
    };
    Place place(uint32_t line) const;

  private:
    void find_lines(size_t from);

    std::string name_;
    std::string text_;
    std::vector<std::pair<std::string, uint32_t>> more_;  // files behind the first, each with its first line
    std::vector<uint32_t> line_starts_;
};

}  // namespace streamql
