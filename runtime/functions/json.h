// JSON values kept as their text: validation and access without building a tree.
//
// What: a JsonScanner walks RFC 8259 text; the kernels are ->, ->>, json_array_length and json_value. Results view the
// argument's text, except strings with escapes. Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

class JsonScanner {
  public:
    explicit JsonScanner(std::string_view text) : p_(text.data()), end_(p_ + text.size()) {}
    void spaces() {
        while (p_ < end_ && (*p_ == ' ' || *p_ == '\t' || *p_ == '\n' || *p_ == '\r')) ++p_;
    }
    bool done() const { return p_ == end_; }
    char peek() const { return p_ < end_ ? *p_ : '\0'; }
    bool take(char c) {
        if (peek() != c) return false;
        ++p_;
        return true;
    }
    /// Skips one value (spaces before it too); its text to *raw. False if malformed.
    bool value(std::string_view* raw, int depth = 0);
    /// A string with its quotes.
    bool string(std::string_view* raw);

  private:
    bool number();
    bool literal(std::string_view word);
    const char *p_, *end_;
};

bool is_json(std::string_view text);

STREAMQL_KERNEL(sqk_json_get_key);
STREAMQL_KERNEL(sqk_json_get_index);
STREAMQL_KERNEL(sqk_json_text_key);
STREAMQL_KERNEL(sqk_json_text_index);
STREAMQL_KERNEL(sqk_json_array_length);
STREAMQL_KERNEL(sqk_json_value);

}  // namespace streamql
