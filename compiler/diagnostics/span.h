// A half-open range of bytes of one source text.
//
// Every AST and bound node carries one; it is how a late stage still points at what the user wrote. A Span does not
// know its text: it is only meaningful together with the SourceText it was made from.
#pragma once
#include <algorithm>
#include <cstdint>

namespace streamql {

struct Span {
    uint32_t begin = 0;
    uint32_t end = 0;  ///< one past the last byte; begin == end marks a place between two bytes

    uint32_t size() const { return end - begin; }
    bool empty() const { return begin == end; }
    bool operator==(const Span&) const = default;
};

/// The smallest span that covers both.
inline Span join(Span a, Span b) { return {std::min(a.begin, b.begin), std::max(a.end, b.end)}; }

}  // namespace streamql
