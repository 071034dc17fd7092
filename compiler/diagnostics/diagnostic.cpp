#include "compiler/diagnostics/diagnostic.h"

#include <algorithm>

namespace streamql {

Diagnostic& Diagnostics::add(Severity severity, std::string code, Span span, std::string message) {
    Diagnostic diagnostic{severity, std::move(code), span, std::move(message), {}, {}, {}};
    if (severity == Severity::kError && ++error_count_ > kMaxErrors) return overflow_ = std::move(diagnostic);
    return kept_.emplace_back(std::move(diagnostic));
}

Diagnostic& Diagnostics::error(std::string code, Span span, std::string message) {
    return add(Severity::kError, std::move(code), span, std::move(message));
}

Diagnostic& Diagnostics::warning(std::string code, Span span, std::string message) {
    return add(Severity::kWarning, std::move(code), span, std::move(message));
}

Diagnostic& Diagnostics::note(std::string code, Span span, std::string message) {
    return add(Severity::kNote, std::move(code), span, std::move(message));
}

void Diagnostics::sort_by_place() {
    std::stable_sort(kept_.begin(), kept_.end(),
                     [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; });
}

void Diagnostics::clear() {
    kept_.clear();
    error_count_ = 0;
}

}  // namespace streamql
