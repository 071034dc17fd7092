// The words (tokens) of a script with their byte ranges, as plain values.
//
// What: one pass of the generated lexer; keywords get their own type from a hash table (see StreamQLLexer.g4). The
// parser and the search for a helpful message both work on slices of this list. Threading: pure functions.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/diagnostics/source_text.h"

namespace streamql {

struct Word {
    uint32_t type = 0;  ///< a token type of StreamQLLexer, or kEndOfWords
    Span span;
};
using Words = std::span<const Word>;

inline constexpr uint32_t kEndOfWords = UINT32_MAX;  ///< becomes ANTLR's EOF

/// The words of source[begin, end). Words that are wrong in themselves (an open string, a stray character) are reported
/// and kept with their type.
std::vector<Word> read_words(const SourceText& source, Span range, Diagnostics& diagnostics);

/// True for the types that read_words reports.
bool is_broken(uint32_t type);

/// The keywords' types, and the spelling of one ("SELECT"); punctuation gives its characters.
const std::vector<uint32_t>& keyword_types();
std::string spelling(uint32_t type);

}  // namespace streamql
