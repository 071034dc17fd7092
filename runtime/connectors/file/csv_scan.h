// Finds where a CSV record ends, as its bytes come in: at the first line end outside a well-formed quoted field.
//
// What: a quote opens a field only at the field's start; elsewhere it is a plain byte, which the decoder refuses. A
// quoted field whose closing quote is followed by anything but a delimiter or a line end was no quoted field: the
// record ends at the first line end inside it. Invariants: looks at every byte once, however the bytes are split up.
// Threading: a value.
#pragma once
#include <cstdint>
#include <string_view>

namespace streamql {

struct CsvScan {
    enum class State : uint8_t { kFieldStart, kPlain, kQuoted, kQuoteSeen };
    enum class Found : uint8_t { kNothing, kEnd, kBrokenQuotes };

    /// Goes on over `bytes`, the record from its start, of which `at` were looked at. kEnd: bytes[at] is its line end.
    /// kBrokenQuotes: see above; only if the field holds a line end.
    Found scan(std::string_view bytes, char delimiter);
    /// The first `count` bytes are gone.
    void forget(size_t count) {
        at -= count;
        forgotten += static_cast<int64_t>(count);
    }

    State state = State::kFieldStart;
    size_t at = 0;
    int64_t forgotten = 0;
    int64_t lines = 0;         ///< line ends inside quoted fields so far
    int64_t line_end = -1;     ///< the first line end in the quoted field, from the record's start; -1 = none
    int64_t lines_before = 0;  ///< of `lines`, those before it

  private:
    void quoted(std::string_view bytes);
    Found quote_seen(std::string_view bytes, char delimiter);
};

}  // namespace streamql
