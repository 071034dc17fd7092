#include "runtime/connectors/file/csv_scan.h"

#include <algorithm>

namespace streamql {

void CsvScan::quoted(std::string_view bytes) {
    const size_t quote = std::min(bytes.find('"', at), bytes.size());
    const std::string_view inside = bytes.substr(at, quote - at);
    if (line_end < 0) {
        const size_t first = inside.find('\n');
        if (first != std::string_view::npos) {
            line_end = forgotten + static_cast<int64_t>(at + first);
            lines_before = lines;
        }
    }
    lines += std::count(inside.begin(), inside.end(), '\n');
    at = quote;
    if (at == bytes.size()) return;
    ++at;
    state = State::kQuoteSeen;
}

CsvScan::Found CsvScan::quote_seen(std::string_view bytes, char delimiter) {
    const char c = bytes[at];
    if (c == '"') {
        state = State::kQuoted;
        ++at;
    } else if (c == delimiter) {
        state = State::kFieldStart;
        ++at;
    } else if (c == '\n') {
        return Found::kEnd;
    } else if (c == '\r' && (at + 1 == bytes.size() || bytes[at + 1] == '\n')) {
        if (at + 1 == bytes.size()) return Found::kNothing;
        ++at;
        return Found::kEnd;
    } else {
        if (line_end >= 0) return Found::kBrokenQuotes;
        state = State::kPlain;
    }
    return Found::kNothing;
}

CsvScan::Found CsvScan::scan(std::string_view bytes, char delimiter) {
    if (at == 0 && state == State::kFieldStart) {
        const size_t end = bytes.find('\n');
        if (end != std::string_view::npos && bytes.substr(0, end).find('"') == std::string_view::npos) {
            at = end;
            return Found::kEnd;
        }
    }
    while (at < bytes.size()) {
        switch (state) {
            case State::kFieldStart:
                state = State::kPlain;
                if (bytes[at] != '"') break;
                state = State::kQuoted;
                line_end = -1;
                ++at;
                break;
            case State::kPlain:
                while (at < bytes.size() && bytes[at] != delimiter && bytes[at] != '\n') ++at;
                if (at == bytes.size()) break;
                if (bytes[at] == '\n') return Found::kEnd;
                state = State::kFieldStart;
                ++at;
                break;
            case State::kQuoted:
                quoted(bytes);
                break;
            case State::kQuoteSeen: {
                const size_t before = at;
                const Found found = quote_seen(bytes, delimiter);
                if (found != Found::kNothing || (at == before && state == State::kQuoteSeen)) return found;
                break;
            }
        }
    }
    return Found::kNothing;
}

}  // namespace streamql
