#include "compiler/diagnostics/suggest.h"

#include <algorithm>

namespace streamql {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

size_t cutoff(size_t length) { return std::clamp<size_t>(length / 3, 1, 3); }

/// A name that continues the written one (or the other way round) is close enough: "user" -> "user_id".
bool is_prefix_match(std::string_view a, std::string_view b) {
    size_t n = std::min(a.size(), b.size());
    if (n < 3 || std::max(a.size(), b.size()) > 3 * n) return false;
    return std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(n), b.begin(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            char x = lower(a[i - 1]), y = lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (x == y ? 0 : 1)});
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y)
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

std::string closest(std::string_view written, const std::vector<std::string>& candidates) {
    const std::string* best = nullptr;
    size_t best_distance = cutoff(written.size()) + 1;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > written.size() + 3 || written.size() > candidate.size() + 3) continue;
        size_t distance = edit_distance(written, candidate);
        if (distance < best_distance) best = &candidate, best_distance = distance;
    }
    if (!best)
        for (const std::string& candidate : candidates)
            if (!best && is_prefix_match(written, candidate)) best = &candidate;
    return best ? *best : std::string();
}

std::string did_you_mean(std::string_view written, const std::vector<std::string>& candidates) {
    std::string best = closest(written, candidates);
    return best.empty() ? best : "did you mean \"" + best + "\"?";
}

}  // namespace streamql
