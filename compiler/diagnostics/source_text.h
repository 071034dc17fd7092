// The text of one script with its file name, and the way from a byte offset to a line and column.
//
// Invariants: offsets are bytes (texts are at most 4 GiB); lines and columns count from 1; a column counts characters,
// not bytes; lines end at LF, and a CR before it belongs to the line end. Ownership: owns its bytes. Threading:
// immutable.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
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

  private:
    std::string name_;
    std::string text_;
    std::vector<uint32_t> line_starts_;
};

}  // namespace streamql
