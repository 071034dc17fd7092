// Declarative options: what a connector or format accepts, and the checked values that a statement gave.
//
// What: every option has a name, a type, a default, a sentence, and says whether it is required or secret. Checking,
// error carets, `streamql list connectors` and the docs follow from the same table. Values keep their text; typed
// getters convert. Invariants: after check_options() every option that has a default or was given is present, and
// converts without error. A name that ends in '*' (e.g. "kafka.*") accepts any key with that prefix. Threading:
// immutable after the check.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace streamql {

enum class OptionType : uint8_t { kString, kInteger, kDouble, kBoolean, kDuration, kBytes, kChoice };

struct OptionSpec {
    std::string name;
    OptionType type = OptionType::kString;
    std::optional<std::string> default_value{};  ///< text
    bool required = false;
    bool secret = false;
    bool source = true, sink = true;     ///< where it may be used
    std::vector<std::string> choices{};  ///< kChoice
    /// What is in range, both ends with it, written as a value of the option; of a kString its characters.
    std::optional<std::string> least{}, most{};
    bool off = false;   ///< kDuration: 'off' is a value too
    std::string doc{};  ///< one sentence
};

class Options {
  public:
    void set(std::string key, std::string value) { values_[std::move(key)] = std::move(value); }
    bool has(std::string_view key) const { return values_.find(std::string(key)) != values_.end(); }
    /// Text of the option; empty if absent.
    std::string text(std::string_view key) const;
    int64_t integer(std::string_view key) const;
    double real(std::string_view key) const;
    bool boolean(std::string_view key) const;
    /// Microseconds: "30s", "500ms", "10 MINUTE", "1 hour", "00:00:05", or a bare number of seconds; "off" gives -1.
    int64_t duration(std::string_view key) const;
    /// Bytes: "1048576", "64MB", "1 GiB".
    int64_t bytes(std::string_view key) const;
    /// All keys below a prefix ("kafka."), prefix removed.
    std::vector<std::pair<std::string, std::string>> below(std::string_view prefix) const;
    const std::map<std::string, std::string>& all() const { return values_; }

  private:
    std::map<std::string, std::string> values_;
};

/// A problem with one option, for the binder to give a caret to.
struct OptionProblem {
    std::string key;  ///< as given; empty: about the whole clause (a required one is missing)
    std::string message;
    std::string help;  ///< e.g. did you mean "topic"?
};

/// Checks `given` against `specs` for a source or a sink, fills defaults; problems are appended.
Options check_options(const std::vector<OptionSpec>& specs, const std::map<std::string, std::string>& given,
                      bool as_source, std::string_view what, std::vector<OptionProblem>& problems);

/// nullopt if `text` is no value of the type.
std::optional<int64_t> parse_duration(std::string_view text);  // microseconds
std::optional<int64_t> parse_bytes(std::string_view text);
std::optional<bool> parse_boolean(std::string_view text);

/// `did you mean "x"?` for the candidate nearest to `word`; empty if none is near.
std::string suggest_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace streamql
