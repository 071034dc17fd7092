#include "compiler/parse/syntax.h"

#include <DefaultErrorStrategy.h>
#include <ListTokenSource.h>

namespace streamql {
namespace {

struct StopAt {
    size_t word;
};

/// Throws at the first error, with the index of the word at which it shows.
class StopAtFirstError : public antlr4::DefaultErrorStrategy {
  public:
    void recover(antlr4::Parser*, std::exception_ptr error) override {
        try {
            std::rethrow_exception(error);
        } catch (antlr4::RecognitionException& e) {
            throw StopAt{e.getOffendingToken()->getTokenIndex()};
        }
    }
    antlr4::Token* recoverInline(antlr4::Parser* parser) override {
        throw StopAt{parser->getCurrentToken()->getTokenIndex()};
    }
    void sync(antlr4::Parser*) override {}
    void reportError(antlr4::Parser*, const antlr4::RecognitionException&) override {}
};

std::unique_ptr<antlr4::Token> make_token(size_t type, Span span) {
    auto token = std::make_unique<antlr4::CommonToken>(type);
    token->setStartIndex(span.begin);
    token->setStopIndex(static_cast<size_t>(span.end) - 1);
    return token;
}

}  // namespace

ParseRun::ParseRun(Words words, Start start) {
    std::vector<std::unique_ptr<antlr4::Token>> tokens;
    tokens.reserve(words.size() + 1);
    for (const Word& w : words) tokens.push_back(make_token(w.type, w.span));
    uint32_t end = words.empty() ? 0 : words.back().span.end;
    tokens.push_back(make_token(antlr4::Token::EOF, {end, end}));
    source_ = std::make_unique<antlr4::ListTokenSource>(std::move(tokens));
    tokens_ = std::make_unique<antlr4::CommonTokenStream>(source_.get());
    parser_ = std::make_unique<grammar::StreamQLParser>(tokens_.get());
    parser_->removeErrorListeners();
    parser_->setErrorHandler(std::make_shared<StopAtFirstError>());
    if (!attempt(start, false)) attempt(start, true);
}

ParseRun::~ParseRun() = default;

bool ParseRun::attempt(Start start, bool exact) {
    parser_->reset();
    tokens_->seek(0);
    parser_->getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(
        exact ? antlr4::atn::PredictionMode::LL : antlr4::atn::PredictionMode::SLL);
    try {
        if (start == Start::kStatement)
            statement_ = parser_->singleStatement()->statement();
        else
            expression_ = parser_->singleExpression()->expression();
        error_.reset();
        return true;
    } catch (const StopAt& stop) {
        error_ = stop.word;
        return false;
    }
}

}  // namespace streamql
