// What the compiler has to say about a script: errors, warnings and notes, each with a code and a place.
//
// What: every stage appends to one `Diagnostics`; nothing throws and nothing stops at the first finding. Invariants:
// codes are those of codes.h; spans refer to the one SourceText the collector is used with; after kMaxErrors errors the
// rest is counted, not kept. Ownership: values. Threading: one compile, one thread.
//
//     diags.error("unknown-column", span, "stream \"clicks\" has no column \"user\"").with_help("did you mean
//     \"user_id\"?");
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "compiler/diagnostics/span.h"

namespace streamql {

enum class Severity { kError, kWarning, kNote };

struct Diagnostic {
    Severity severity = Severity::kError;
    std::string code;
    Span span;
    std::string message;             ///< one line, lower case start, no full stop
    std::string label;               ///< short text behind the carets; may be empty
    std::string help;                ///< how to mend it; may be empty
    std::vector<std::string> notes;  ///< further facts, one line each

    Diagnostic& with_label(std::string text) {
        label = std::move(text);
        return *this;
    }
    Diagnostic& with_help(std::string text) {
        help = std::move(text);
        return *this;
    }
    Diagnostic& with_note(std::string text) {
        notes.push_back(std::move(text));
        return *this;
    }
};

class Diagnostics {
  public:
    static constexpr size_t kMaxErrors = 20;

    /// The references stay valid until the collector is cleared or destroyed.
    Diagnostic& error(std::string code, Span span, std::string message);
    Diagnostic& warning(std::string code, Span span, std::string message);
    Diagnostic& note(std::string code, Span span, std::string message);

    bool has_errors() const { return error_count_ > 0; }
    size_t error_count() const { return error_count_; }
    /// Errors counted beyond kMaxErrors and not kept.
    size_t dropped() const { return error_count_ > kMaxErrors ? error_count_ - kMaxErrors : 0; }
    const std::deque<Diagnostic>& all() const { return kept_; }
    /// Orders what was found by place; equal places keep the order in which they were reported.
    void sort_by_place();
    void clear();

  private:
    Diagnostic& add(Severity severity, std::string code, Span span, std::string message);

    std::deque<Diagnostic> kept_;
    Diagnostic overflow_;  // takes what is reported beyond the limit
    size_t error_count_ = 0;
};

}  // namespace streamql
