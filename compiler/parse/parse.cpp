#include "compiler/parse/parse.h"

#include <cstdlib>

#include <fmt/core.h>

#include "compiler/diagnostics/text_width.h"
#include "compiler/parse/builder.h"
#include "compiler/parse/syntax.h"

namespace streamql {
namespace {

using Lexer = grammar::StreamQLParser;

/// EXECUTE STATEMENT SET BEGIN insert; insert; END: the frame is taken off here, its statements stand in the script.
class ScriptParser {
  public:
    ScriptParser(const SourceText& source, Diagnostics& diagnostics, const EnvLookup& environment)
        : source_(source), diagnostics_(diagnostics), environment_(environment) {}

    ast::Script run() {
        std::vector<Word> words = read_words(source_, {0, source_.size()}, diagnostics_);
        for (size_t begin = 0; begin < words.size();) {
            size_t end = begin;
            while (end < words.size() && words[end].type != Lexer::SEMICOLON) ++end;
            statement(Words(words).subspan(begin, end - begin));
            begin = end + 1;
        }
        if (open_set_)
            diagnostics_.error("syntax", *open_set_, "EXECUTE STATEMENT SET BEGIN has no END")
                .with_help("add END; behind the last INSERT");
        return std::move(script_);
    }

  private:
    void statement(Words words) {
        words = without_set_frame(words);
        while (!words.empty()) {
            size_t parsed = one_statement(words);
            words = words.subspan(parsed);
        }
    }

    Words without_set_frame(Words words) {
        static constexpr uint32_t kFrame[] = {Lexer::EXECUTE, Lexer::STATEMENT, Lexer::SET, Lexer::BEGIN};
        if (words.size() >= 4 && std::equal(std::begin(kFrame), std::end(kFrame), words.begin(),
                                            [](uint32_t type, const Word& w) { return w.type == type; })) {
            open_set_ = join(words[0].span, words[3].span);
            return words.subspan(4);
        }
        if (words.size() == 1 && words[0].type == Lexer::END && open_set_) {
            open_set_.reset();
            return {};
        }
        return words;
    }

    /// Returns how many of the words it has dealt with.
    size_t one_statement(Words words) {
        for (const Word& w : words)
            if (is_broken(w.type)) return words.size();
        if (!within_limits(words)) return words.size();
        ParseRun run(words, Start::kStatement);
        if (run.first_error()) {
            size_t next = explain_syntax_error(source_, words, *run.first_error(), Start::kStatement, diagnostics_);
            return std::max<size_t>(next, 1);
        }
        size_t errors = diagnostics_.error_count();
        ast::Statement statement = Builder(source_, diagnostics_, environment_).statement(run.statement());
        if (open_set_ && !std::holds_alternative<ast::Insert>(statement.node))
            diagnostics_.error("syntax", words[0].span, "a statement set holds only INSERT statements");
        if (diagnostics_.error_count() == errors) script_.statements.push_back(std::move(statement));
        return words.size();
    }

    bool within_limits(Words words) {
        Span span = join(words.front().span, words.back().span);
        if (span.size() > kMaxStatementBytes) {
            diagnostics_.error("too-long", words[0].span,
                               fmt::format("this statement is longer than {} bytes", kMaxStatementBytes));
            return false;
        }
        if (auto deep = too_deep_at(words)) {
            diagnostics_.error("too-deep", deep->span, fmt::format("nested more than {} levels deep", kMaxNesting))
                .with_help("split it up with WITH or CREATE VIEW");
            return false;
        }
        return true;
    }

    /// The generated parser recurses at brackets, CASE, nested types and runs of prefix operators.
    static const Word* too_deep_at(Words words) {
        size_t open = 0, types = 0, prefixes = 0;
        for (size_t i = 0; i < words.size(); ++i) {
            uint32_t type = words[i].type;
            bool prefix = type == Lexer::NOT || type == Lexer::PLUS || type == Lexer::MINUS || type == Lexer::MATCH;
            prefixes = prefix ? prefixes + 1 : 0;
            if (type == Lexer::LPAREN || type == Lexer::LBRACKET || type == Lexer::CASE) ++open;
            if ((type == Lexer::RPAREN || type == Lexer::RBRACKET || type == Lexer::END) && open > 0) --open;
            if (type == Lexer::LT && i > 0) {
                uint32_t before = words[i - 1].type;
                if (before == Lexer::ARRAY || before == Lexer::MAP || before == Lexer::STRUCT || before == Lexer::ROW)
                    ++types;
            }
            if (type == Lexer::GT && types > 0) --types;
            if (open + types + prefixes > kMaxNesting) return &words[i];
        }
        return nullptr;
    }

    const SourceText& source_;
    Diagnostics& diagnostics_;
    const EnvLookup& environment_;
    ast::Script script_;
    std::optional<Span> open_set_;
};

}  // namespace

EnvLookup process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    };
}

ast::Script parse(const SourceText& source, Diagnostics& diagnostics, const EnvLookup& environment) {
    uint32_t bad = 0;
    if (!is_utf8(source.text(), bad)) {
        diagnostics.error("invalid-utf8", {bad, bad + 1}, fmt::format("byte {} of the script is not UTF-8", bad))
            .with_help("save the file as UTF-8");
        return {};
    }
    return ScriptParser(source, diagnostics, environment).run();
}

}  // namespace streamql
