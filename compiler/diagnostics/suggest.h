// "did you mean": the candidate closest to what was written.
//
// Distance is Damerau-Levenshtein (a swap of neighbours is one step) over lower-cased bytes; a candidate farther than a
// third of the written length (at least one step, at most three) is no suggestion.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace streamql {

/// The closest candidate, or an empty string. Of equally close ones the first.
std::string closest(std::string_view written, const std::vector<std::string>& candidates);

/// `did you mean "user_id"?`, or an empty string: ready for Diagnostic::with_help.
std::string did_you_mean(std::string_view written, const std::vector<std::string>& candidates);

/// Steps from one text to the other, ignoring ASCII case.
size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace streamql
