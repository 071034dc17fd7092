// From "word 17 does not fit" to a sentence that helps.
//
// The generated parser is asked, never its tables: would the statement go on if this word were another one, quoted,
// left out, or had a comma before it? Each question is one more run over the words up to there; only statements with an
// error pay for it. The first cause that explains the error is reported.
#include <algorithm>
#include <optional>

#include <fmt/core.h>

#include "compiler/diagnostics/suggest.h"
#include "compiler/parse/syntax.h"

namespace streamql {
namespace {

using P = grammar::StreamQLParser;

constexpr size_t kFits = SIZE_MAX;
constexpr size_t kSlowStatement = 2000;  // words; beyond it only the cheap questions are asked
constexpr size_t kMostNamed = 5;

class Explainer {
  public:
    Explainer(const SourceText& source, Words words, size_t at, Start start, Diagnostics& diagnostics)
        : source_(source), words_(words.begin(), words.end()), at_(at), start_(start), diagnostics_(diagnostics) {}

    size_t run() {
        if (auto next = missing_semicolon()) return *next;
        if (unknown_statement() || unbalanced()) return words_.size();
        bool small = words_.size() <= kSlowStatement;
        if (small && (reserved_word() || misspelled() || comma_too_many() || missing_comma())) return words_.size();
        expected();
        return words_.size();
    }

  private:
    bool at_end() const { return at_ >= words_.size(); }
    uint32_t type(size_t i) const { return i < words_.size() ? words_[i].type : kEndOfWords; }
    std::string text(size_t i) const { return std::string(source_.text(words_[i].span)); }
    Span place(size_t i) const {
        if (i < words_.size()) return words_[i].span;
        uint32_t end = words_.empty() ? 0 : words_.back().span.end;
        return {end, end};
    }
    std::string found() const { return at_end() ? "the end of the statement" : "\"" + shortened(text(at_)) + "\""; }
    static std::string shortened(std::string s) { return s.size() > 40 ? s.substr(0, 37) + "..." : s; }

    /// The index of the first word of a variant that does not fit, or kFits.
    size_t error_of(Words variant) const { return ParseRun(variant, start_).first_error().value_or(kFits); }
    size_t error_with(size_t index, uint32_t type) const {
        std::vector<Word> variant = words_;
        variant[index].type = type;
        return error_of(variant);
    }
    /// True if the statement is right from here on once a word is put in.
    bool goes_on_after(uint32_t missing) const {
        std::vector<Word> variant = words_;
        variant.insert(variant.begin() + static_cast<std::ptrdiff_t>(at_), Word{missing, place(at_)});
        return error_of(variant) == kFits;
    }
    bool could_end_at(size_t index) const { return index > 0 && error_of(Words(words_).first(index)) == kFits; }
    bool first_on_line(size_t i) const {
        std::string_view before = source_.text().substr(0, words_[i].span.begin);
        size_t text = before.find_last_not_of(" \t");
        return text == std::string_view::npos || before[text] == '\n';
    }

    static bool begins_statement(uint32_t t) {
        return t == P::SELECT || t == P::INSERT || t == P::CREATE || t == P::SET || t == P::EXPLAIN || t == P::WITH ||
               t == P::EXECUTE;
    }

    std::optional<size_t> missing_semicolon() {
        for (size_t i : {at_, at_ - 1}) {
            if (i == 0 || i >= words_.size() || !begins_statement(type(i)) || !first_on_line(i) || !could_end_at(i))
                continue;
            uint32_t end = words_[i - 1].span.end;
            diagnostics_.error("missing-semicolon", {end, end}, fmt::format("expected \";\" before \"{}\"", text(i)))
                .with_help("end the statement with ;");
            return i;
        }
        return std::nullopt;
    }

    bool unknown_statement() {
        if (at_ != 0 || start_ != Start::kStatement || at_end()) return false;
        auto& d =
            diagnostics_.error("unknown-statement", place(0), fmt::format("no statement starts with {}", found()));
        std::string best =
            closest(text(0), {"SELECT", "INSERT", "CREATE", "SET", "EXPLAIN", "WITH", "EXECUTE", "VALUES"});
        d.help = best.empty() ? "statements start with CREATE, INSERT INTO, SELECT, WITH, SET or EXPLAIN"
                              : "did you mean \"" + best + "\"?";
        return true;
    }

    bool unbalanced() {
        std::vector<size_t> open;
        for (size_t i = 0; i < std::min(at_, words_.size()); ++i) {
            if (type(i) == P::LPAREN || type(i) == P::LBRACKET) open.push_back(i);
            if ((type(i) == P::RPAREN || type(i) == P::RBRACKET) && !open.empty()) open.pop_back();
        }
        bool closes = type(at_) == P::RPAREN || type(at_) == P::RBRACKET;
        if (closes && open.empty()) {
            diagnostics_.error("unbalanced-parenthesis", place(at_), fmt::format("{} closes nothing", found()));
            return true;
        }
        if (open.empty() || !(at_end() || goes_on_after(P::RPAREN))) return false;
        std::string partner = type(open.back()) == P::LPAREN ? ")" : "]";
        diagnostics_
            .error("unbalanced-parenthesis", place(open.back()),
                   fmt::format("\"{}\" is never closed", text(open.back())))
            .with_help(fmt::format("add \"{}\"", partner));
        return true;
    }

    bool is_reserved(uint32_t t) const { return t >= P::ALL && t <= P::WITH; }

    /// ORDER BY, FROM and their like are clauses in the wrong place unless they stand where only a name can.
    bool reserved_word() {
        if (at_end() || !is_reserved(type(at_))) return false;
        bool after_dot = at_ > 0 && type(at_ - 1) == P::DOT;
        bool column = type(0) == P::CREATE && at_ > 0 && (type(at_ - 1) == P::LPAREN || type(at_ - 1) == P::COMMA);
        bool clause = type(at_) == P::FROM || type(at_) == P::WHERE || type(at_) == P::HAVING ||
                      type(at_) == P::UNION || type(at_) == P::ON || type(at_) == P::WITH || type(at_) == P::AS ||
                      type(at_) == P::SELECT ||
                      ((type(at_) == P::GROUP || type(at_) == P::ORDER) && type(at_ + 1) == P::BY);
        if (clause && !after_dot && !column) return false;
        size_t error = error_with(at_, P::IDENTIFIER);
        if (error != kFits && !(error > at_ + 1 && (after_dot || column))) return false;
        diagnostics_.error("reserved-word", place(at_), fmt::format("{} is a reserved word", found()))
            .with_help(fmt::format("to use it as a name, write it in double quotes: \"{}\"", text(at_)));
        return true;
    }

    /// A name just before or at the place that is almost a keyword, and with which the statement goes on.
    bool misspelled() {
        for (size_t i : {at_ - 1, at_}) {
            if (i >= words_.size() || type(i) != P::IDENTIFIER) continue;
            std::string written = text(i);
            for (uint32_t keyword : keyword_types()) {
                size_t steps = written.size() >= 4 ? 2 : 1;
                std::string word = spelling(keyword);
                if (word.size() < 2 || word[0] != (written[0] & ~0x20) || edit_distance(written, word) > steps)
                    continue;
                size_t error = error_with(i, keyword);
                if (error <= at_ || (error != kFits && error <= at_ + 1 && i != at_)) continue;
                diagnostics_.error("syntax", place(i), fmt::format("unexpected \"{}\"", shortened(written)))
                    .with_help(fmt::format("did you mean \"{}\"?", word));
                return true;
            }
        }
        return false;
    }

    bool comma_too_many() {
        if (at_ == 0 || type(at_ - 1) != P::COMMA) return false;
        std::vector<Word> variant = words_;
        variant.erase(variant.begin() + static_cast<std::ptrdiff_t>(at_ - 1));
        size_t error = error_of(variant);
        if (error != kFits && error <= at_) return false;
        diagnostics_.error("syntax", place(at_ - 1), fmt::format("this comma is followed by {}", found()))
            .with_help("remove the comma");
        return true;
    }

    bool missing_comma() {
        if (at_ == 0 || at_end()) return false;
        std::vector<Word> variant = words_;
        variant.insert(variant.begin() + static_cast<std::ptrdiff_t>(at_), Word{P::COMMA, place(at_)});
        size_t error = error_of(variant);
        if (error != kFits && error < at_ + 4) return false;
        diagnostics_.error("syntax", place(at_), fmt::format("expected \",\" but found {}", found()))
            .with_help(fmt::format("a comma seems to be missing before {}", found()));
        return true;
    }

    bool accepts(uint32_t candidate) const {
        std::vector<Word> variant(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(at_));
        if (candidate == kEndOfWords) return error_of(variant) == kFits;
        variant.push_back({candidate, place(at_)});
        return error_of(variant) > at_;
    }

    /// What a name at this place would name.
    std::string name_kind() const {
        uint32_t before = at_ > 0 ? type(at_ - 1) : kEndOfWords;
        switch (before) {
            case P::FROM:
            case P::JOIN:
            case P::INTO:
                return "a table name";
            case P::DOT:
                return "a column name";
            case P::STREAM:
            case P::TABLE:
            case P::SINK:
            case P::VIEW:
            case P::FUNCTION:
            case P::EXISTS:
                return "a name";
            case P::LPAREN:
            case P::COMMA:
                return options_open() ? "an option name" : "a column name";
            case P::SET:
                return "an option name";
            default:
                return "a name";
        }
    }

    bool options_open() const {
        size_t depth = 0;
        for (size_t i = at_; i-- > 0;) {
            if (type(i) == P::RPAREN) ++depth;
            if (type(i) == P::LPAREN && depth-- == 0) return i > 0 && type(i - 1) == P::WITH;
        }
        return false;
    }

    void name_kinds(std::vector<std::string>& out, bool& names, bool& expression) const {
        names = accepts(P::IDENTIFIER);
        bool number = accepts(P::INTEGER);
        bool operand = accepts(P::CASE);
        bool after_operand = accepts(P::PLUS) && !operand;
        expression = operand && names;
        if (expression)
            out.push_back("an expression");
        else if (names && accepts(P::ARRAY) && !number && !options_open())
            out.push_back("a type");
        else if (names && !after_operand && !accepts(P::JOIN))
            out.push_back(name_kind());
        else if (number && accepts(P::INTERVAL))
            out.push_back("a duration such as 5 MINUTES");
        else if (number)
            out.push_back("a number");
        else if (accepts(P::STRING))
            out.push_back("a string in single quotes");
        if (operand && accepts(P::STAR)) out.push_back("\"*\"");
    }

    void expected() {
        std::vector<std::string> kinds;
        bool names = false, expression = false;
        name_kinds(kinds, names, expression);
        bool type_wanted = !kinds.empty() && kinds[0] == "a type";
        bool duration_wanted = !kinds.empty() && kinds[0].starts_with("a duration");
        if (!expression && !type_wanted && words_.size() <= kSlowStatement) {
            for (uint32_t t : {P::LPAREN, P::RPAREN, P::COMMA, P::EQ, P::DOT})
                if (accepts(t) && !(t == P::DOT || (t == P::EQ && accepts(P::PLUS))))
                    kinds.push_back("\"" + spelling(t) + "\"");
            if (accepts(kEndOfWords)) kinds.push_back("\";\"");
            for (uint32_t t : keyword_types()) {
                bool is_name = t > P::WITH && names;
                bool is_operator = t == P::IS || t == P::IN || t == P::NOT || t == P::LIKE || t == P::ILIKE ||
                                   t == P::SIMILAR || t == P::BETWEEN || t == P::AND || t == P::OR;
                if (is_name || duration_wanted || (is_operator && accepts(P::PLUS))) continue;
                if (kinds.size() <= kMostNamed && accepts(t)) kinds.push_back(spelling(t));
            }
        }
        if (kinds.empty() || kinds.size() > kMostNamed) {
            diagnostics_.error("syntax", place(at_), fmt::format("unexpected {}", found()));
            return;
        }
        std::string list = kinds[0];
        for (size_t i = 1; i < kinds.size(); ++i) list += (i + 1 == kinds.size() ? " or " : ", ") + kinds[i];
        diagnostics_.error("syntax", place(at_), fmt::format("expected {} but found {}", list, found()));
    }

    const SourceText& source_;
    std::vector<Word> words_;
    size_t at_;
    Start start_;
    Diagnostics& diagnostics_;
};

}  // namespace

size_t explain_syntax_error(const SourceText& source, Words words, size_t at, Start start, Diagnostics& diagnostics) {
    return Explainer(source, words, at, start, diagnostics).run();
}

}  // namespace streamql
