#include "compiler/parse/words.h"

#include <optional>
#include <set>
#include <unordered_map>

#include <fmt/core.h>

#include "StreamQLLexer.h"

namespace streamql {
namespace {

using Lexer = grammar::StreamQLLexer;

/// The script's bytes as ANTLR's characters: token indexes are byte offsets, and nothing is copied or decoded.
class ByteStream : public antlr4::CharStream {
  public:
    ByteStream(std::string_view bytes, size_t begin, size_t end) : bytes_(bytes), at_(begin), end_(end) {}
    void consume() override { ++at_; }
    size_t LA(ssize_t i) override {
        if (i == 0) return 0;
        size_t where = at_ + static_cast<size_t>(i) - (i > 0 ? 1 : 0);
        return where < end_ ? static_cast<unsigned char>(bytes_[where]) : EOF;
    }
    ssize_t mark() override { return -1; }
    void release(ssize_t) override {}
    size_t index() override { return at_; }
    void seek(size_t index) override { at_ = std::min(index, end_); }
    size_t size() override { return end_; }
    std::string getSourceName() const override { return {}; }
    std::string getText(const antlr4::misc::Interval& range) override {
        return std::string(bytes_.substr(static_cast<size_t>(range.a), static_cast<size_t>(range.b - range.a + 1)));
    }
    std::string toString() const override { return std::string(bytes_); }

  private:
    std::string_view bytes_;
    size_t at_;
    size_t end_;
};

struct Keywords {
    std::unordered_map<std::string_view, uint32_t> by_spelling;
    std::vector<uint32_t> types;
    std::vector<std::string> spellings;  // by type
};

/// A symbolic name without a rule of its own is a keyword and its own spelling.
const Keywords& keywords() {
    static const Keywords table = [] {
        Keywords k;
        antlr4::UnbufferedCharStream* none = nullptr;
        Lexer lexer(none);
        const auto& vocabulary = lexer.getVocabulary();
        const auto& rules = lexer.getRuleNames();
        std::set<std::string> ruled(rules.begin(), rules.end());
        k.spellings.resize(vocabulary.getMaxTokenType() + 1);
        for (size_t type = 1; type <= vocabulary.getMaxTokenType(); ++type) {
            std::string name = vocabulary.getSymbolicName(type);
            std::string literal = vocabulary.getLiteralName(type);
            bool keyword = !ruled.contains(name);
            if (name.ends_with('_')) name.pop_back();  // NULL_
            k.spellings[type] = keyword || literal.size() < 2 ? name : literal.substr(1, literal.size() - 2);
            if (keyword) k.types.push_back(static_cast<uint32_t>(type));
        }
        for (uint32_t type : k.types) k.by_spelling.emplace(k.spellings[type], type);
        return k;
    }();
    return table;
}

uint32_t keyword_or_identifier(std::string_view text) {
    constexpr size_t kLongest = 24;
    char upper[kLongest];
    if (text.size() > kLongest) return Lexer::IDENTIFIER;
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        upper[i] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    auto found = keywords().by_spelling.find({upper, text.size()});
    return found == keywords().by_spelling.end() ? uint32_t{Lexer::IDENTIFIER} : found->second;
}

bool is_string(uint32_t type) { return type == Lexer::STRING || type == Lexer::ESCAPE_STRING; }
bool is_number(uint32_t type) { return type == Lexer::INTEGER || type == Lexer::DECIMAL || type == Lexer::FLOAT; }

/// A keyword's type where its neighbours make it one, IDENTIFIER elsewhere. (`before` is final, `after` as looked up.)
uint32_t word_in_place(uint32_t type, uint32_t before, uint32_t after) {
    uint32_t name = Lexer::IDENTIFIER;
    if (before == Lexer::DOT && type < Lexer::IDENTIFIER) return name;
    switch (type) {
        case Lexer::CUBE:
        case Lexer::EXTRACT:
        case Lexer::OVERLAY:
        case Lexer::POSITION:
        case Lexer::ROLLUP:
        case Lexer::SUBSTRING:
        case Lexer::TRIM:
        case Lexer::TRY_CAST:
            return after == Lexer::LPAREN ? type : name;
        case Lexer::ROW: {
            bool counted = is_number(before) || before == Lexer::CURRENT || before == Lexer::FIRST ||
                           before == Lexer::NEXT || before == Lexer::RPAREN;
            return after == Lexer::LPAREN || after == Lexer::LT || counted ? type : name;
        }
        case Lexer::MAP:
            return after == Lexer::LBRACKET || after == Lexer::LT ? type : name;
        case Lexer::STRUCT:
            return after == Lexer::LT ? type : name;
        case Lexer::DOUBLE:
            return after == Lexer::PRECISION ? type : name;
        case Lexer::CHARACTER:
            return after == Lexer::VARYING ? type : name;
        case Lexer::GROUPING:
            return after == Lexer::SETS ? type : name;
        case Lexer::AT:
            return after == Lexer::TIME ? type : name;
        case Lexer::TIME:
        case Lexer::TIMESTAMP:
            return is_string(after) || after == Lexer::WITH || after == Lexer::WITHOUT || after == Lexer::ZONE ? type
                                                                                                               : name;
        case Lexer::BYTEA:
        case Lexer::BYTES:
        case Lexer::DATE:
        case Lexer::INTERVAL:
        case Lexer::JSON:
        case Lexer::TIMESTAMPTZ:
        case Lexer::TIMESTAMP_LTZ:
            return is_string(after) ? type : name;
        default:
            break;
    }
    bool unit = type >= Lexer::YEAR && type <= Lexer::MICROSECONDS;
    return unit && !is_string(before) && !is_number(before) && before != Lexer::TO ? name : type;
}

/// Where the comment that `text` begins with ends; comments nest, as in PostgreSQL.
std::optional<uint32_t> comment_end(std::string_view text) {
    size_t depth = 0;
    for (size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] == '/' && text[i + 1] == '*') {
            ++depth;
            ++i;
        } else if (text[i] == '*' && text[i + 1] == '/') {
            ++i;
            if (--depth == 0) return static_cast<uint32_t>(i + 1);
        }
    }
    return std::nullopt;
}

void report_broken(const Word& word, const SourceText& source, Diagnostics& diagnostics) {
    Span opening{word.span.begin, word.span.begin + 1};
    switch (word.type) {
        case Lexer::UNTERMINATED_STRING:
            diagnostics.error("unterminated-string", opening, "this string is never closed")
                .with_help("close it with ' (and write '' for a quote inside it)");
            return;
        case Lexer::UNTERMINATED_IDENTIFIER:
            diagnostics.error("unterminated-string", opening, "this quoted name is never closed");
            return;
        case Lexer::UNTERMINATED_COMMENT:
            diagnostics
                .error("unterminated-string", {word.span.begin, word.span.begin + 2}, "this comment is never closed")
                .with_help("close it with */");
            return;
        default: {
            auto byte = static_cast<unsigned char>(source.text(word.span)[0]);
            std::string shown =
                byte > 32 && byte < 127 ? std::string(1, static_cast<char>(byte)) : fmt::format("\\x{:02x}", byte);
            diagnostics.error("bad-character", word.span, fmt::format("unexpected character \"{}\"", shown));
        }
    }
}

}  // namespace

bool is_broken(uint32_t type) {
    return type == Lexer::UNTERMINATED_STRING || type == Lexer::UNTERMINATED_IDENTIFIER ||
           type == Lexer::UNTERMINATED_COMMENT || type == Lexer::BAD_CHARACTER;
}

std::vector<Word> read_words(const SourceText& source, Span range, Diagnostics& diagnostics) {
    ByteStream bytes(source.text(), range.begin, range.end);
    Lexer lexer(&bytes);
    lexer.removeErrorListeners();
    std::vector<Word> words;
    for (auto token = lexer.nextToken(); token->getType() != antlr4::Token::EOF; token = lexer.nextToken()) {
        Word word{static_cast<uint32_t>(token->getType()),
                  {static_cast<uint32_t>(token->getStartIndex()), static_cast<uint32_t>(token->getStopIndex() + 1)}};
        if (word.type == Lexer::UNTERMINATED_COMMENT) {
            auto end = comment_end(source.text({word.span.begin, range.end}));
            bytes.seek(end ? word.span.begin + *end : range.end);
            if (end) continue;
        }
        if (word.type == Lexer::IDENTIFIER) word.type = keyword_or_identifier(source.text(word.span));
        if (is_broken(word.type)) report_broken(word, source, diagnostics);
        words.push_back(word);
    }
    for (size_t i = 0; i < words.size(); ++i)
        words[i].type = word_in_place(words[i].type, i > 0 ? words[i - 1].type : kEndOfWords,
                                      i + 1 < words.size() ? words[i + 1].type : kEndOfWords);
    return words;
}

const std::vector<uint32_t>& keyword_types() { return keywords().types; }

std::string spelling(uint32_t type) {
    const auto& all = keywords().spellings;
    return type < all.size() ? all[type] : std::string("end of statement");
}

}  // namespace streamql
