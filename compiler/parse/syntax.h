// One run of the generated parser over the words of one statement: the parse tree, or the first word that does not fit.
//
// What: prediction mode SLL first (fast), LL where that fails (exact). No recovery: statements are separate runs.
// Ownership: a ParseRun owns its tokens, parser and tree; contexts live as long as it. Threading: a run is used by one
// thread.
#pragma once
#include <memory>
#include <optional>

#include "StreamQLParser.h"
#include "compiler/parse/words.h"

namespace streamql {

enum class Start { kStatement, kExpression };

class ParseRun {
  public:
    ParseRun(Words words, Start start);
    ~ParseRun();

    /// Index into the words of the first one that does not fit (their count: the end came too early); nothing if all
    /// do.
    std::optional<size_t> first_error() const { return error_; }
    /// Valid only without an error, and for the start asked for.
    grammar::StreamQLParser::StatementContext* statement() const { return statement_; }
    grammar::StreamQLParser::ExpressionContext* expression() const { return expression_; }

  private:
    bool attempt(Start start, bool exact);

    std::unique_ptr<antlr4::TokenSource> source_;
    std::unique_ptr<antlr4::CommonTokenStream> tokens_;
    std::unique_ptr<grammar::StreamQLParser> parser_;
    grammar::StreamQLParser::StatementContext* statement_ = nullptr;
    grammar::StreamQLParser::ExpressionContext* expression_ = nullptr;
    std::optional<size_t> error_;
};

/// Reports why `words` are not a statement, `at` being the first word that does not fit. Returns the index at which a
/// new statement seems to start (a missing semicolon), or the count of words.
size_t explain_syntax_error(const SourceText& source, Words words, size_t at, Start start, Diagnostics& diagnostics);

}  // namespace streamql
